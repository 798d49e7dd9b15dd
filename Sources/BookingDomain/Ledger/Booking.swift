/// The lasting record of a booking and what it came to.
package struct Booking: Hashable, Sendable {
    package let key: BookingKey
    package let event: EventID
    /// Absent only when the command could not be read that far.
    package let user: UserID?
    /// Absent only when the command could not be read that far.
    package let basket: Basket?
    package let status: BookingStatus
    package let reason: Reason?
    /// The place of its command in the event's line.
    package let sequence: Int64
    /// When the ingress accepted it.
    package let createdAt: Instant
    package let decidedAt: Instant

    package init(
        key: BookingKey, event: EventID, user: UserID?, basket: Basket?, status: BookingStatus,
        reason: Reason?, sequence: Int64, createdAt: Instant, decidedAt: Instant
    ) {
        self.key = key
        self.event = event
        self.user = user
        self.basket = basket
        self.status = status
        self.reason = reason
        self.sequence = sequence
        self.createdAt = createdAt
        self.decidedAt = decidedAt
    }
}
