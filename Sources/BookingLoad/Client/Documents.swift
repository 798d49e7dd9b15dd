/// What the API sends and takes, as far as a client needs it.

/// A problem of RFC 9457.
struct ProblemDocument: Decodable {
    let type: String
}

/// A problem that carries the booking it is about.
struct RejectionDocument: Decodable {
    let booking: BookingDocument
}

package struct UserDocument: Codable, Sendable {
    package let id: String
    package let email: String
    package let name: String
    package let role: String
}

struct SessionDocument: Decodable {
    let token: String
}

/// One page of a list.
package struct PageDocument<Item: Codable & Sendable>: Codable, Sendable {
    package let items: [Item]
    package let nextCursor: String?
}

package struct EventDocument: Codable, Sendable {
    package struct TicketType: Codable, Sendable {
        package let id: String
        package let name: String
        package let capacity: Int
        package let available: Int
    }

    package let id: String
    package let status: String
    package let ticketTypes: [TicketType]
}

package struct BookingDocument: Codable, Hashable, Sendable {
    package struct Item: Codable, Hashable, Sendable {
        package let ticketTypeId: String
        package let quantity: Int

        package init(ticketTypeId: String, quantity: Int) {
            self.ticketTypeId = ticketTypeId
            self.quantity = quantity
        }
    }

    package let id: String
    package let status: String
    package let reason: String?
    package let items: [Item]
    package let sequence: Int?

    package init(
        id: String, status: String, reason: String? = nil, items: [Item], sequence: Int? = nil
    ) {
        self.id = id
        self.status = status
        self.reason = reason
        self.items = items
        self.sequence = sequence
    }

    package var isPending: Bool { status == "pending" }

    /// What became of it in one word: the reason of a rejection, else the status.
    package var outcome: String { status == "rejected" ? reason ?? status : status }
}

struct RegistrationDocument: Encodable {
    let email: String
    let name: String
    let password: String
    let role: String
}

struct CredentialsDocument: Encodable {
    let email: String
    let password: String
}

struct NewEventDocument: Encodable {
    struct TicketType: Encodable {
        let name: String
        let capacity: Int
    }

    let title: String
    let startsAt: String
    /// A trial is in no public list.
    let listed = false
    let ticketTypes: [TicketType]
}

struct NewBookingDocument: Encodable {
    let items: [BookingDocument.Item]
}
