/// Where an event stands in its sale.
package enum EventStatus: String, Hashable, Sendable, CaseIterable {
    case draft, onSale, closed
}

/// An amount of money in minor units (cents) of an ISO 4217 currency.
package struct Money: Hashable, Sendable {
    package let amount: Int64
    /// Three upper-case letters.
    package let currency: String

    /// `nil` for a negative amount or a currency that is not three upper-case letters.
    package init?(amount: Int64, currency: String) {
        guard amount >= 0, currency.utf8.count == 3,
            currency.utf8.allSatisfy({ (0x41...0x5A).contains($0) })
        else { return nil }
        self.amount = amount
        self.currency = currency
    }
}

/// A kind of ticket of one event, with its capacity and what is left of it.
package struct TicketType: Hashable, Sendable {
    package let number: TicketTypeNumber
    package let name: String
    package let price: Money?
    /// The most tickets of this type one user may hold; `nil` for no limit.
    package let maxPerUser: Int?
    package var stock: Stock

    package init(
        number: TicketTypeNumber, name: String, price: Money?, maxPerUser: Int?, stock: Stock
    ) {
        self.number = number
        self.name = name
        self.price = price
        self.maxPerUser = maxPerUser
        self.stock = stock
    }
}

/// What is sold: an event with its ticket types.
package struct Event: Hashable, Sendable {
    package let id: EventID
    package let organizer: UserID
    package let title: String
    package let venue: String?
    package let startsAt: Instant
    package let endsAt: Instant?
    package let createdAt: Instant
    /// Whether it is in the public list.
    ///
    /// Anybody who knows its id can see and book it either way.
    package let isListed: Bool
    package var status: EventStatus
    /// Counts the batches that changed the event; every write names the version it was decided on.
    package var version: Int64
    /// The sequence of the last command applied.
    package var sequence: Int64
    /// In the order of their numbers.
    package var ticketTypes: [TicketType]
    package let terms: EventTerms
    /// The time up to which bookings still have to expire, one entry after the other; `nil` when none do.
    package var expiringUntil: Instant?

    package init(
        id: EventID, organizer: UserID, title: String, venue: String?, startsAt: Instant,
        endsAt: Instant?, createdAt: Instant, status: EventStatus, version: Int64, sequence: Int64,
        ticketTypes: [TicketType], isListed: Bool = true, terms: EventTerms = EventTerms(),
        expiringUntil: Instant? = nil
    ) {
        self.id = id
        self.organizer = organizer
        self.title = title
        self.venue = venue
        self.startsAt = startsAt
        self.endsAt = endsAt
        self.createdAt = createdAt
        self.isListed = isListed
        self.status = status
        self.version = version
        self.sequence = sequence
        self.ticketTypes = ticketTypes
        self.terms = terms
        self.expiringUntil = expiringUntil
    }

    /// When an event is over for good: at its end, or a day after its start if it has none.
    package static func overAt(startsAt: Instant, endsAt: Instant?) -> Instant {
        endsAt ?? startsAt.advanced(by: .seconds(86_400))
    }

    /// When it is over for good.
    package var overAt: Instant { Self.overAt(startsAt: startsAt, endsAt: endsAt) }

    /// Whether it is being sold at `now`.
    package func sells(at now: Instant) -> Bool { status == .onSale && now < overAt }
}
