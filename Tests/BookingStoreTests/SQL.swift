import Postgres

/// Counts rows of a table of one event; tests look at the tables themselves, not through the store.
struct EventTally: PostgresStatement {
    static let sql = """
        SELECT e.version, e.sequence,
            (SELECT sum(available) FROM ticket_type t WHERE t.event_id = e.id),
            (SELECT sum(confirmed) FROM ticket_type t WHERE t.event_id = e.id),
            (SELECT count(*) FROM booking b WHERE b.event_id = e.id),
            (SELECT count(*) FROM booking b WHERE b.event_id = e.id AND b.status = 'confirmed'),
            (SELECT count(DISTINCT sequence) FROM booking b WHERE b.event_id = e.id),
            (SELECT coalesce(max(sequence), 0) FROM booking b WHERE b.event_id = e.id)
        FROM event e
        """

    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> Tally {
        Tally(
            version: try row.next(), sequence: try row.next(), available: try row.next(),
            confirmed: try row.next(), bookings: try row.next(), confirmedBookings: try row.next(),
            sequences: try row.next(), lastSequence: try row.next())
    }
}

/// What the tables of a database with a single event say.
struct Tally: Sendable, Equatable {
    let version: Int64
    let sequence: Int64
    let available: Int64
    let confirmed: Int64
    let bookings: Int64
    let confirmedBookings: Int64
    let sequences: Int64
    let lastSequence: Int64
}

/// How many rows there are of what buyers have.
struct TallyCount: PostgresStatement {
    static let sql = "SELECT count(*) FROM buyer_tally"

    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> Int64 { try row.next() }
}

/// The plan of a query, a line a row, as `EXPLAIN` of a generic plan gives it.
struct Explain: PostgresStatement {
    static let setUp = """
        CREATE FUNCTION explain_generic(query text, arguments text) RETURNS SETOF text
        LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM set_config('plan_cache_mode', 'force_generic_plan', true);
            EXECUTE 'PREPARE explained AS ' || query;
            RETURN QUERY EXECUTE 'EXPLAIN EXECUTE explained' || arguments;
            EXECUTE 'DEALLOCATE explained';
        END
        $$
        """
    static let sql = "SELECT explain_generic($1, $2)"
    let query: String

    func bind(to parameters: inout PostgresParameters) {
        let count = (1...20).last { query.contains("$\($0)") } ?? 0
        let nulls = Array(repeating: "NULL", count: count).joined(separator: ", ")
        parameters.append(query)
        parameters.append(count == 0 ? "" : "(\(nulls))")
    }
    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> String {
        try row.next()
    }
}
