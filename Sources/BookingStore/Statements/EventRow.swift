import BookingDomain
import Postgres

/// One row of an event joined with one of its ticket types.
struct EventRow: Sendable {
    var event: Event
    let ticketType: TicketType

    static let columns = """
        e.id, e.organizer_id, e.title, e.venue, e.starts_at, e.ends_at, e.created_at, e.status,
            e.version, e.sequence, e.listed, e.hold_seconds, e.payment_grace_seconds,
            e.expiring_until, t.number, t.name, t.price_amount, t.price_currency,
            t.max_per_user, t.capacity, t.available, t.held, t.confirmed
        """

    init(row: inout PostgresRow) throws(PostgresError) {
        event = Event(
            id: try row.next(id: EventID.self), organizer: try row.next(id: UserID.self),
            title: try row.next(), venue: try row.next(), startsAt: try row.instant(),
            endsAt: try row.next(PostgresTimestamp?.self).map(Instant.init),
            createdAt: try row.instant(), status: try row.word(), version: try row.count(),
            sequence: try row.count(), ticketTypes: [], isListed: try row.next(),
            terms: try EventTerms(row: &row),
            expiringUntil: try row.next(PostgresTimestamp?.self).map(Instant.init))
        guard let number = TicketTypeNumber(Int(try row.next(Int16.self))) else {
            throw .unreadable("a ticket type's number is out of range")
        }
        let name = try row.next(String.self)
        let amount = try row.next(Int64?.self)
        let currency = try row.next(String?.self)
        let maxPerUser = try row.next(Int32?.self).map(Int.init)
        ticketType = TicketType(
            number: number, name: name, price: Self.price(amount, currency),
            maxPerUser: maxPerUser, stock: try Stock(row: &row))
    }

    private static func price(_ amount: Int64?, _ currency: String?) -> Money? {
        guard let amount, let currency else { return nil }
        return Money(amount: amount, currency: currency)
    }
}

extension EventTerms {
    fileprivate init(row: inout PostgresRow) throws(PostgresError) {
        let holdSeconds = Int(try row.next(Int32.self))
        guard
            let terms = EventTerms(
                holdSeconds: holdSeconds, paymentGraceSeconds: Int(try row.next(Int32.self)))
        else { throw .unreadable("an event's hold time is out of range") }
        self = terms
    }
}

extension Stock {
    fileprivate init(row: inout PostgresRow) throws(PostgresError) {
        let capacity = Int(try row.next(Int32.self))
        let available = Int(try row.next(Int32.self))
        let held = Int(try row.next(Int32.self))
        let confirmed = Int(try row.next(Int32.self))
        guard
            let stock = Stock(
                capacity: capacity, available: available, held: held, confirmed: confirmed)
        else { throw .unreadable("a ticket type's places do not add up") }
        self = stock
    }
}

extension Sequence<EventRow> {
    /// The events of the rows, each with its ticket types in the order of their numbers.
    func joinedEvents() -> [Event] {
        var events: [EventID: Event] = [:]
        for row in self {
            events[row.event.id, default: row.event].ticketTypes.append(row.ticketType)
        }
        return events.values.map { event in
            var event = event
            event.ticketTypes.sort { $0.number < $1.number }
            return event
        }
    }
}
