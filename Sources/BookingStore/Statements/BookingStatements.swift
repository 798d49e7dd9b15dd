import BookingDomain
import Postgres

struct SelectBookings: PostgresStatement {
    static let sql = "SELECT \(Booking.columns) FROM booking WHERE key = ANY($1)"
    let keys: [BookingKey]

    func bind(to parameters: inout PostgresParameters) { parameters.append(keys.map(\.uuid)) }
    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> Booking {
        try Booking(row: &row)
    }
}

struct SelectBookingsOfUser: PostgresStatement {
    static let sql = """
        SELECT \(Booking.columns) FROM booking
        WHERE user_id = $1 AND (created_at, key) < ($2, $3)
        ORDER BY created_at DESC, key DESC LIMIT $4
        """
    let user: UserID
    let before: BookingCursor?
    let limit: Int

    func bind(to parameters: inout PostgresParameters) {
        let before = before ?? .newest
        parameters.append(user.uuid)
        parameters.append(before.createdAt.timestamp)
        parameters.append(before.key.uuid)
        parameters.append(limit)
    }
    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> Booking {
        try Booking(row: &row)
    }
}

struct SelectBookingsOfEvent: PostgresStatement {
    static let sql = """
        SELECT \(Booking.columns) FROM booking
        WHERE event_id = $1 AND sequence > $2 ORDER BY sequence LIMIT $3
        """
    let event: EventID
    let after: Int64
    let limit: Int

    func bind(to parameters: inout PostgresParameters) {
        parameters.append(event.uuid)
        parameters.append(after)
        parameters.append(limit)
    }
    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> Booking {
        try Booking(row: &row)
    }
}

/// A user in the line of an event.
struct Buyer: Hashable, Sendable {
    let user: UserID
    let event: EventID
}

/// How many tickets of each type some buyers have of their events.
///
/// The OFFSET keeps the planner from joining, for which it might read the whole table.
struct SelectTaken: PostgresStatement {
    static let sql = """
        SELECT b.user_id, b.event_id, item.number, sum(item.quantity)
        FROM unnest($1::uuid[], $2::uuid[]) AS buyer (user_id, event_id)
        CROSS JOIN LATERAL (
            SELECT * FROM booking
            WHERE user_id = buyer.user_id AND event_id = buyer.event_id
                AND status IN ('confirmed', 'held')
            OFFSET 0
        ) AS b
        CROSS JOIN unnest(b.ticket_types, b.quantities) AS item (number, quantity)
        GROUP BY b.user_id, b.event_id, item.number
        """
    private let buyers: [Buyer]

    init(_ buyers: Set<Buyer>) { self.buyers = Array(buyers) }

    func bind(to parameters: inout PostgresParameters) {
        parameters.append(buyers.map(\.user.uuid))
        parameters.append(buyers.map(\.event.uuid))
    }
    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> TakenRow {
        let buyer = Buyer(
            user: try row.next(id: UserID.self), event: try row.next(id: EventID.self))
        guard let number = TicketTypeNumber(Int(try row.next(Int16.self))) else {
            throw .unreadable("a ticket type's number is out of range")
        }
        return TakenRow(buyer: buyer, ticketType: number, quantity: Int(try row.next(Int64.self)))
    }
}

struct TakenRow: Sendable {
    let buyer: Buyer
    let ticketType: TicketTypeNumber
    let quantity: Int
}

extension Booking {
    static let columns = """
        key, event_id, user_id, ticket_types, quantities, status, reason, sequence, created_at,
            decided_at
        """

    init(row: inout PostgresRow) throws(PostgresError) {
        self.init(
            key: try row.next(id: BookingKey.self), event: try row.next(id: EventID.self),
            user: try row.next(PostgresUUID?.self).map(UserID.init), basket: try row.basket(),
            status: try row.word(), reason: try row.next(String?.self).flatMap(Reason.init),
            sequence: try row.next(), createdAt: try row.instant(), decidedAt: try row.instant())
    }
}

extension PostgresRow {
    fileprivate mutating func basket() throws(PostgresError) -> Basket? {
        let numbers = try next([Int16]?.self)
        let quantities = try next([Int16]?.self)
        guard let numbers, let quantities else { return nil }
        let items = zip(numbers, quantities).compactMap { number, quantity in
            TicketTypeNumber(Int(number)).flatMap { number in
                Quantity(Int(quantity)).map { BasketItem(ticketType: number, quantity: $0) }
            }
        }
        guard items.count == numbers.count, let basket = Basket(items) else {
            throw .unreadable("a booking's items are not a basket")
        }
        return basket
    }
}
