import BookingDomain
import Postgres

/// The log: a page for each event of the batch.
struct InsertLogPages: PostgresStatement {
    static let sql = """
        INSERT INTO log_page (event_id, first_sequence, count, decided_at, epoch, entries)
        SELECT event_id, first_sequence, count, decided_at, $6, entries
        FROM unnest($1::uuid[], $2::bigint[], $3::integer[], $4::timestamptz[], $5::bytea[])
            AS p (event_id, first_sequence, count, decided_at, entries)
        """
    let pages: [LogPage]
    let lease: Lease

    init(effects: [EventEffect], lease: Lease) {
        pages = effects.compactMap { LogPage($0.entries, of: $0.event) }
        self.lease = lease
    }

    func bind(to parameters: inout PostgresParameters) {
        parameters.append(pages.map(\.event.uuid))
        parameters.append(pages.map(\.firstSequence))
        parameters.append(pages.map { Int32(clamping: $0.count) })
        parameters.append(pages.map(\.at.timestamp))
        parameters.append(pages.map { PostgresBytes($0.bytes) })
        parameters.append(Int32(truncatingIfNeeded: lease.epoch))
    }
}

/// Where an event's log ends.
struct LogEnd: Sendable {
    let sequence: Int64
    /// When the last entry was applied; absent while there is none.
    let at: Instant?

    fileprivate static let sql = """
        SELECT first_sequence + count - 1 AS last_sequence, decided_at FROM log_page
        WHERE event_id = $1 ORDER BY first_sequence DESC LIMIT 1
        """

    fileprivate init(row: inout PostgresRow) throws(PostgresError) {
        sequence = try row.count()
        at = try row.next(PostgresTimestamp?.self).map(Instant.init)
    }
}

struct SelectLogEnd: PostgresStatement {
    static let sql = LogEnd.sql
    let event: EventID

    func bind(to parameters: inout PostgresParameters) { parameters.append(event.uuid) }
    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> LogEnd {
        try LogEnd(row: &row)
    }
}

/// A page of what a program applied that keeps no log, if it abuts on the log's end still; tells where the log
/// ends then.
struct InsertPackedPage: PostgresStatement {
    static let sql = """
        WITH log AS (\(LogEnd.sql)), packed AS (
            INSERT INTO log_page (event_id, first_sequence, count, decided_at, epoch, entries)
            SELECT $1, $2::bigint, $3, $4, $5, $6
            WHERE coalesce((SELECT last_sequence FROM log), 0) = $2::bigint - 1
            RETURNING first_sequence + count - 1 AS last_sequence, decided_at
        )
        SELECT * FROM packed
        UNION ALL
        SELECT * FROM log WHERE NOT EXISTS (SELECT FROM packed)
        """
    let page: LogPage
    let epoch: Int32

    func bind(to parameters: inout PostgresParameters) {
        parameters.append(page.event.uuid)
        parameters.append(page.firstSequence)
        parameters.append(Int32(clamping: page.count))
        parameters.append(page.at.timestamp)
        parameters.append(epoch)
        parameters.append(PostgresBytes(page.bytes))
    }
    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> LogEnd {
        try LogEnd(row: &row)
    }
}

/// Bookings that are not in their event's log, in the order of the line, each with its epoch.
struct SelectUnlogged: PostgresStatement {
    static let sql = """
        SELECT \(Booking.columns), epoch FROM booking
        WHERE event_id = $1 AND sequence > $2 AND sequence <= $3 ORDER BY sequence
        """
    let event: EventID
    let after: Int64
    let upTo: Int64

    func bind(to parameters: inout PostgresParameters) {
        parameters.append(event.uuid)
        parameters.append(after)
        parameters.append(upTo)
    }
    static func decode(
        _ row: inout PostgresRow
    ) throws(PostgresError) -> (booking: Booking, epoch: Int32) {
        (try Booking(row: &row), try row.next())
    }
}

/// The events whose logs lack something, and how far they go.
struct SelectUnloggedEvents: PostgresStatement {
    static let sql = """
        SELECT e.id, coalesce(l.last_sequence, 0), e.sequence
        FROM event e
        LEFT JOIN LATERAL (
            SELECT first_sequence + count - 1 AS last_sequence FROM log_page
            WHERE event_id = e.id ORDER BY first_sequence DESC LIMIT 1
        ) l ON true
        WHERE e.sequence > coalesce(l.last_sequence, 0)
        """

    static func decode(
        _ row: inout PostgresRow
    ) throws(PostgresError) -> (event: EventID, logged: Int64, sequence: Int64) {
        (try row.next(id: EventID.self), try row.count(), try row.count())
    }
}
