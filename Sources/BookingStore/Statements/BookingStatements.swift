import BookingDomain
import Postgres

/// Some bookings.
///
/// The OFFSET keeps the planner from joining, for which it might read the whole table.
struct SelectBookings: PostgresStatement {
    static let sql = """
        SELECT b.* FROM unnest($1::uuid[], $2::uuid[]) AS asked (event_id, key)
        CROSS JOIN LATERAL (
            SELECT \(Booking.columns) FROM booking
            WHERE event_id = asked.event_id AND key = asked.key
            OFFSET 0
        ) AS b
        """
    let bookings: [BookingReference]

    func bind(to parameters: inout PostgresParameters) {
        parameters.append(bookings.map(\.event.uuid))
        parameters.append(bookings.map(\.key.uuid))
    }
    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> Booking {
        try Booking(row: &row)
    }
}

struct SelectBookingsOfUser: PostgresStatement {
    static let sql = """
        SELECT \(Booking.columns) FROM booking
        WHERE user_id = $1 AND (created_at, key) < ($2, $3)
            AND ($4::text IS NULL OR status = $4)
        ORDER BY created_at DESC, key DESC LIMIT $5
        """
    let user: UserID
    var status: BookingStatus?
    let before: BookingCursor?
    let limit: Int

    func bind(to parameters: inout PostgresParameters) {
        let before = before ?? .newest
        parameters.append(user.uuid)
        parameters.append(before.createdAt.timestamp)
        parameters.append(before.key.uuid)
        parameters.append(status?.rawValue)
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
        key, event_id, user_id, ticket_types, quantities, flags, status, reason, sequence,
            as_of_sequence, created_at, decided_at, expires_at, extendable_until, is_paying
        """

    init(row: inout PostgresRow) throws(PostgresError) {
        self.init(
            key: try row.next(id: BookingKey.self), event: try row.next(id: EventID.self),
            user: try row.next(PostgresUUID?.self).map(UserID.init), basket: try row.basket(),
            flags: BookingID.Flags(rawValue: UInt8(truncatingIfNeeded: try row.next(Int16.self))),
            status: try row.word(), reason: try row.next(String?.self).flatMap(Reason.init),
            sequence: try row.count(), asOfSequence: try row.countIfAny(),
            createdAt: try row.instant(), decidedAt: try row.instant(), hold: try row.hold())
    }
}

extension PostgresRow {
    fileprivate mutating func hold() throws(PostgresError) -> Hold? {
        let expiresAt = try next(PostgresTimestamp?.self)
        let extendableUntil = try next(PostgresTimestamp?.self)
        let isPaying = try next(Bool.self)
        guard let expiresAt, let extendableUntil else { return nil }
        return Hold(
            expiresAt: Instant(expiresAt), extendableUntil: Instant(extendableUntil),
            isPaying: isPaying)
    }

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
