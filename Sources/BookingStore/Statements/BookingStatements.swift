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
            sequence: try row.count(), createdAt: try row.instant(), decidedAt: try row.instant())
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
