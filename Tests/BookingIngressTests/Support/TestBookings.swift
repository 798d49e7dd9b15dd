import BookingDomain
import BookingTestSupport

/// What a worker would have made of commands.
enum TestBookings {
    /// The booking that `command` came to.
    static func decided(
        _ command: BookCommand, key: BookingKey? = nil, event: EventID? = nil,
        status: BookingStatus = .confirmed, reason: Reason? = nil, sequence: Int64 = 1
    ) throws -> Booking {
        Booking(
            key: key ?? command.key, event: try event ?? TestEvents.event().id, user: command.user,
            basket: command.basket, status: status, reason: reason, sequence: sequence,
            createdAt: command.submittedAt, decidedAt: TestEvents.now)
    }
}
