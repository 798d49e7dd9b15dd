import BookingDomain

/// A booking as a client sees it.
struct BookingView: Hashable, Sendable {
    let id: BookingID
    let status: BookingStatus
    let reason: Reason?
    let sequence: Int64?
    /// When it was accepted; not known of a pending booking that another instance accepted.
    let createdAt: Instant?
    let decidedAt: Instant?

    /// A booking that is not decided yet.
    init(pending id: BookingID, createdAt: Instant?) {
        self.id = id
        status = .pending
        reason = nil
        sequence = nil
        self.createdAt = createdAt
        decidedAt = nil
    }

    init(_ booking: Booking, id: BookingID) {
        self.id = id
        status = booking.status
        reason = booking.reason
        sequence = booking.sequence
        createdAt = booking.createdAt
        decidedAt = booking.decidedAt
    }
}
