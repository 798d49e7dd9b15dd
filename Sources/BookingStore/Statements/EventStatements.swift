import BookingDomain
import Postgres

struct InsertEvent: PostgresStatement {
    static let sql = """
        INSERT INTO event (id, organizer_id, title, venue, starts_at, ends_at, status, version,
            sequence, created_at, listed, hold_seconds, payment_grace_seconds)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        """
    let event: Event

    func bind(to parameters: inout PostgresParameters) {
        parameters.append(event.id.uuid)
        parameters.append(event.organizer.uuid)
        parameters.append(event.title)
        parameters.append(event.venue)
        parameters.append(event.startsAt.timestamp)
        parameters.append(event.endsAt?.timestamp)
        parameters.append(event.status.rawValue)
        parameters.append(event.version)
        parameters.append(event.sequence)
        parameters.append(event.createdAt.timestamp)
        parameters.append(event.isListed)
        parameters.append(Int32(clamping: event.terms.holdSeconds))
        parameters.append(Int32(clamping: event.terms.paymentGraceSeconds))
    }
}

struct InsertTicketTypes: PostgresStatement {
    static let sql = """
        INSERT INTO ticket_type (event_id, number, name, capacity, available, held, confirmed,
            price_amount, price_currency, max_per_user)
        SELECT $1, * FROM unnest($2::smallint[], $3::text[], $4::integer[], $5::integer[],
            $6::integer[], $7::integer[], $8::bigint[], $9::text[], $10::integer[])
        """
    let event: Event

    func bind(to parameters: inout PostgresParameters) {
        let types = event.ticketTypes
        parameters.append(event.id.uuid)
        parameters.append(types.map(\.number.rawValue))
        parameters.append(types.map(\.name))
        parameters.append(types.map { Int32($0.stock.capacity) })
        parameters.append(types.map { Int32($0.stock.available) })
        parameters.append(types.map { Int32($0.stock.held) })
        parameters.append(types.map { Int32($0.stock.confirmed) })
        parameters.append(types.map(\.price?.amount))
        parameters.append(types.map(\.price?.currency))
        parameters.append(types.map { $0.maxPerUser.map(Int32.init) })
    }
}

/// Wakes whoever listens for changed events on this shard; takes effect at the commit.
struct NotifyEventChanged: PostgresStatement {
    /// The payload is the event's id.
    static let channel = "booking_event"
    static let sql = "SELECT pg_notify('booking_event', $1)"
    let event: EventID

    func bind(to parameters: inout PostgresParameters) { parameters.append(event.description) }
    static func decode(_ row: inout PostgresRow) throws(PostgresError) {}
}

/// Events with their ticket types, a row a ticket type, in one snapshot.
struct SelectEvents: PostgresStatement {
    static let sql = """
        SELECT \(EventRow.columns)
        FROM event e JOIN ticket_type t ON t.event_id = e.id
        WHERE e.id = ANY($1)
        """
    let ids: [EventID]

    func bind(to parameters: inout PostgresParameters) { parameters.append(ids.map(\.uuid)) }
    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> EventRow {
        try EventRow(row: &row)
    }
}

/// Events as ``SelectEvents`` reads them, how far the log of each goes, and when its last entry was applied.
struct SelectLedgers: PostgresStatement {
    static let sql = """
        SELECT \(EventRow.columns), l.last_sequence, l.decided_at
        FROM event e JOIN ticket_type t ON t.event_id = e.id
        LEFT JOIN LATERAL (
            SELECT first_sequence + count - 1 AS last_sequence, decided_at FROM log_page
            WHERE event_id = e.id ORDER BY first_sequence DESC LIMIT 1
        ) l ON true
        WHERE e.id = ANY($1)
        """
    let ids: [EventID]

    func bind(to parameters: inout PostgresParameters) { parameters.append(ids.map(\.uuid)) }
    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> LedgerRow {
        LedgerRow(
            row: try EventRow(row: &row), loggedSequence: try row.countIfAny() ?? 0,
            lastAppliedAt: try row.next(PostgresTimestamp?.self).map(Instant.init))
    }
}

/// A row of an event and one of its ticket types, with what its log says.
struct LedgerRow: Sendable {
    let row: EventRow
    let loggedSequence: Int64
    let lastAppliedAt: Instant?
}

/// The public list, newest first; ids sort by the time they were made.
///
/// An event in a status that only a newer version knows is not in it.
struct SelectPublicEvents: PostgresStatement {
    static let sql = """
        SELECT \(EventRow.columns)
        FROM (
            SELECT * FROM event
            WHERE id < $1 AND listed AND status <> 'draft' AND status IN (\(EventStatus.known))
            ORDER BY id DESC LIMIT $2
        ) e JOIN ticket_type t ON t.event_id = e.id
        """
    let before: EventID?
    let limit: Int

    func bind(to parameters: inout PostgresParameters) {
        parameters.append((before ?? EventID(bits: .max)).uuid)
        parameters.append(limit)
    }
    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> EventRow {
        try EventRow(row: &row)
    }
}

extension EventStatus {
    /// All that this program knows, for a list in SQL.
    fileprivate static let known = allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
}

/// How many of an organizer's events are not over yet; counts no further than `max`.
struct CountEventsNotOver: PostgresStatement {
    static let sql = """
        SELECT count(*) FROM (
            SELECT FROM event
            WHERE organizer_id = $1 AND coalesce(ends_at, starts_at + interval '24 hours') > now()
            LIMIT $2
        ) AS found
        """
    let organizer: UserID
    let max: Int

    func bind(to parameters: inout PostgresParameters) {
        parameters.append(organizer.uuid)
        parameters.append(max)
    }
    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> Int { try row.next() }
}

/// The events whose queues are to be consumed: first those of which most was decided, then the newest.
struct SelectEventsToConsume: PostgresStatement {
    static let sql = """
        SELECT id FROM event WHERE \(isToConsume) ORDER BY sequence DESC, id DESC
        """
    static let isToConsume = "status = 'onSale' AND paused_at IS NULL"

    func bind(to parameters: inout PostgresParameters) {}
    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> EventID {
        try row.next(id: EventID.self)
    }
}

/// Whether one event's queue is.
struct IsToConsume: PostgresStatement {
    static let sql = "SELECT true FROM event WHERE id = $1 AND \(SelectEventsToConsume.isToConsume)"
    let event: EventID

    func bind(to parameters: inout PostgresParameters) { parameters.append(event.uuid) }
    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> Bool { try row.next() }
}
