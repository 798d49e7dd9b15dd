/// Identifies a booking: its event and its key.
package struct BookingReference: Hashable, Sendable {
    package let event: EventID
    package let key: BookingKey

    package init(event: EventID, key: BookingKey) {
        self.event = event
        self.key = key
    }
}

extension Booking {
    package var reference: BookingReference { BookingReference(event: event, key: key) }
}
