package import BookingDomain

/// Hears when held bookings are due, as far as batches that are committed can tell.
package protocol DeadlineSink: Sendable {
    func committed(_ deadlines: [EventID: Deadline])
}
