/// Where a booking stands.
package struct Booking: Hashable, Sendable {
    package let key: BookingKey
    package let event: EventID
    /// Absent only when the command could not be read that far.
    package let user: UserID?
    /// Absent only when the command could not be read that far.
    package let basket: Basket?
    /// What was asked for besides the basket; it is part of the booking's id.
    package let flags: BookingID.Flags
    package private(set) var status: BookingStatus
    package let reason: Reason?
    /// The place in the event's line of the command that made it.
    package let sequence: Int64
    /// The place of the last command that changed it.
    package private(set) var asOfSequence: Int64
    /// When the ingress accepted it.
    package let createdAt: Instant
    /// When it was decided first.
    package let decidedAt: Instant
    /// How long it is held; `nil` unless it is.
    package private(set) var hold: Hold?

    package init(
        key: BookingKey, event: EventID, user: UserID?, basket: Basket?,
        flags: BookingID.Flags = [], status: BookingStatus, reason: Reason?, sequence: Int64,
        asOfSequence: Int64? = nil, createdAt: Instant,
        decidedAt: Instant, hold: Hold? = nil
    ) {
        self.key = key
        self.event = event
        self.user = user
        self.basket = basket
        self.flags = flags
        self.status = status
        self.reason = reason
        self.sequence = sequence
        self.asOfSequence = asOfSequence ?? sequence
        self.createdAt = createdAt
        self.decidedAt = decidedAt
        self.hold = hold
    }

    /// The booking after the command at `sequence` has moved it on.
    func moved(to status: BookingStatus, hold: Hold? = nil, at sequence: Int64) -> Booking {
        var booking = self
        booking.status = status
        booking.hold = hold
        booking.asOfSequence = sequence
        return booking
    }

    /// Whether its tickets count against limits: it has them, or waits for them.
    package var counts: Bool {
        switch status {
        case .confirmed, .held, .waitlisted: true
        case .pending, .rejected, .cancelled, .expired, .failed: false
        }
    }
}

/// How long a booking is held.
package struct Hold: Hashable, Sendable {
    /// When it is due.
    ///
    /// It stays held until a tick with this time or a later one is applied.
    package let expiresAt: Instant
    /// The latest time to which it can be extended.
    package let extendableUntil: Instant
    /// Whether it is being paid for.
    package let isPaying: Bool

    package init(expiresAt: Instant, extendableUntil: Instant, isPaying: Bool) {
        self.expiresAt = expiresAt
        self.extendableUntil = extendableUntil
        self.isPaying = isPaying
    }
}
