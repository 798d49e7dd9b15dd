import BookingDomain
import Postgres

/// How many tickets of each limited type some buyers have of their events.
///
/// The OFFSET keeps the planner from joining, for which it might read the whole table.
struct SelectTaken: PostgresStatement {
    static let sql = """
        SELECT t.user_id, t.event_id, t.ticket_type, t.taken
        FROM unnest($1::uuid[], $2::uuid[]) AS buyer (user_id, event_id)
        CROSS JOIN LATERAL (
            SELECT * FROM buyer_tally
            WHERE user_id = buyer.user_id AND event_id = buyer.event_id
            OFFSET 0
        ) AS t
        """
    let buyers: [Buyer]

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
        return TakenRow(buyer: buyer, ticketType: number, quantity: Int(try row.next(Int32.self)))
    }
}

struct TakenRow: Sendable {
    let buyer: Buyer
    let ticketType: TicketTypeNumber
    let quantity: Int
}

/// What some buyers may have still of the limited ticket types of which they have some.
struct SelectLeftovers: PostgresStatement {
    static let sql = """
        SELECT t.user_id, t.event_id, t.ticket_type, greatest(0, t.max_per_user - t.taken)
        FROM unnest($1::uuid[], $2::uuid[]) AS buyer (user_id, event_id)
        CROSS JOIN LATERAL (
            SELECT b.*, y.max_per_user FROM buyer_tally b
            JOIN ticket_type y ON y.event_id = b.event_id AND y.number = b.ticket_type
            WHERE b.user_id = buyer.user_id AND b.event_id = buyer.event_id
                AND y.max_per_user IS NOT NULL
            OFFSET 0
        ) AS t
        """
    let buyers: [Buyer]

    func bind(to parameters: inout PostgresParameters) {
        parameters.append(buyers.map(\.user.uuid))
        parameters.append(buyers.map(\.event.uuid))
    }
    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> TakenRow {
        try SelectTaken.decode(&row)
    }
}

/// The tallies: adds what a batch grants of limited ticket types, and marks how far its events are tallied.
struct AddToTallies: PostgresStatement {
    static let sql = """
        WITH marked AS (
            INSERT INTO event_tally (event_id, sequence)
            SELECT * FROM unnest($1::uuid[], $2::bigint[])
            ON CONFLICT (event_id) DO UPDATE SET sequence = excluded.sequence
        )
        INSERT INTO buyer_tally AS t (event_id, user_id, ticket_type, taken)
        SELECT * FROM unnest($3::uuid[], $4::uuid[], $5::smallint[], $6::integer[])
        ON CONFLICT (event_id, user_id, ticket_type) DO UPDATE SET taken = t.taken + excluded.taken
        """
    private let events: [EventEffect]
    private let rows: [TallyMove]

    init(effects: [EventEffect]) {
        events = effects.filter(\.limitsUsers)
        rows = events.flatMap(TallyMove.all).filter { $0.count > 0 }
    }

    /// Whether some of the events limit their users.
    var isNeeded: Bool { !events.isEmpty }

    func bind(to parameters: inout PostgresParameters) {
        parameters.append(events.map(\.event.uuid))
        parameters.append(events.map(\.sequence))
        parameters.append(rows.map(\.event.uuid))
        parameters.append(rows.map(\.allowance.user.uuid))
        parameters.append(rows.map(\.allowance.ticketType.rawValue))
        parameters.append(rows.map { Int32(clamping: $0.count) })
    }
}

/// Takes off the tallies what users gave back of limited ticket types.
struct TakeFromTallies: PostgresStatement {
    static let sql = """
        UPDATE buyer_tally t SET taken = t.taken - d.count
        FROM unnest($1::uuid[], $2::uuid[], $3::smallint[], $4::integer[])
            AS d (event_id, user_id, ticket_type, count)
        WHERE t.event_id = d.event_id AND t.user_id = d.user_id AND t.ticket_type = d.ticket_type
        """
    private let rows: [TallyMove]

    init(effects: [EventEffect]) {
        rows = effects.flatMap(TallyMove.all).filter { $0.count < 0 }
    }

    func bind(to parameters: inout PostgresParameters) {
        parameters.append(rows.map(\.event.uuid))
        parameters.append(rows.map(\.allowance.user.uuid))
        parameters.append(rows.map(\.allowance.ticketType.rawValue))
        parameters.append(rows.map { Int32(clamping: -$0.count) })
    }
}

/// How far one tally moves.
private struct TallyMove {
    let event: EventID
    let allowance: Allowance
    let count: Int

    static func all(of effect: EventEffect) -> [TallyMove] {
        effect.granted.map { TallyMove(event: effect.event, allowance: $0.key, count: $0.value) }
    }
}

/// Those of some events whose tallies lack bookings, which a program wrote that keeps none.
struct SelectUntallied: PostgresStatement {
    static let sql = """
        SELECT e.id FROM event e
        WHERE e.id = ANY($1) AND e.sequence > coalesce(
            (SELECT t.sequence FROM event_tally t WHERE t.event_id = e.id), 0)
        """
    let events: [EventID]

    func bind(to parameters: inout PostgresParameters) { parameters.append(events.map(\.uuid)) }
    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> EventID {
        try row.next(id: EventID.self)
    }
}

/// Locks an event's row as a batch does, until the end of the transaction.
struct LockEvent: PostgresStatement {
    static let sql = "SELECT true FROM event WHERE id = $1 FOR NO KEY UPDATE"
    let event: EventID

    func bind(to parameters: inout PostgresParameters) { parameters.append(event.uuid) }
    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> Bool { try row.next() }
}

/// Tallies more of an event's bookings; says how many are left.
struct TallyEvent: PostgresStatement {
    static let sql = "SELECT tally_event($1, $2)"
    let event: EventID
    /// The most bookings that are read.
    let rowsMax: Int64

    func bind(to parameters: inout PostgresParameters) {
        parameters.append(event.uuid)
        parameters.append(rowsMax)
    }
    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> Int64? {
        try row.next(Int64?.self)
    }
}

/// Bounds how long each of the statements behind it may take, until the end of the transaction.
struct LimitStatementTime: PostgresStatement {
    static let sql = "SELECT set_config('statement_timeout', $1, true)"
    let limit: Duration

    func bind(to parameters: inout PostgresParameters) {
        // 0 would be no limit.
        parameters.append(String(max(1, limit.clampedMilliseconds)))
    }
    static func decode(_ row: inout PostgresRow) throws(PostgresError) {}
}
