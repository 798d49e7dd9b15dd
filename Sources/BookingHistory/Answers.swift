/// The answer to a submission or to a look at a booking.
package struct BookingAnswer: Codable, Hashable, Sendable {
    package var status: Int
    /// The booking, also the one inside a problem; `nil` where the answer has none.
    package var booking: AnsweredBooking?
    /// The last part of the problem's type, like `sold-out`.
    package var problem: String?

    package init(status: Int, booking: AnsweredBooking?, problem: String?) {
        self.status = status
        self.booking = booking
        self.problem = problem
    }
}

/// A booking as the API answers it.
package struct AnsweredBooking: Codable, Hashable, Sendable {
    package var id: String
    package var eventId: String
    package var status: String
    package var reason: String?
    package var items: [ItemDocument]
    package var sequence: Int64?
    /// The place of the last entry that changed it; absent from programs that knew no changes.
    package var asOfSequence: Int64?
    /// RFC 3339; absent from a pending booking of which the instance does not know it.
    package var createdAt: String?
    /// RFC 3339.
    package var decidedAt: String?
    /// RFC 3339; of a held booking.
    package var expiresAt: String?

    package init(
        id: String, eventId: String, status: String, reason: String? = nil,
        items: [ItemDocument], sequence: Int64? = nil, asOfSequence: Int64? = nil,
        createdAt: String? = nil, decidedAt: String? = nil, expiresAt: String? = nil
    ) {
        self.id = id
        self.eventId = eventId
        self.status = status
        self.reason = reason
        self.items = items
        self.sequence = sequence
        self.asOfSequence = asOfSequence
        self.createdAt = createdAt
        self.decidedAt = decidedAt
        self.expiresAt = expiresAt
    }
}

/// One line of a basket as the API takes and answers it.
package struct ItemDocument: Codable, Hashable, Sendable {
    package var ticketTypeId: String
    package var quantity: Int

    package init(ticketTypeId: String, quantity: Int) {
        self.ticketTypeId = ticketTypeId
        self.quantity = quantity
    }
}

/// The answer to a look at an event.
package struct EventAnswer: Codable, Hashable, Sendable {
    package var status: Int
    /// What is left of each ticket type, by its public id; empty where the answer has no event.
    package var available: [String: Int]

    package init(status: Int, available: [String: Int]) {
        self.status = status
        self.available = available
    }
}
