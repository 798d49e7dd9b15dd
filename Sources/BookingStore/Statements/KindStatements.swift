import Postgres

/// The kinds of command that a shard's owner reads, or the last one read, and for how long all owners have; no
/// row when it has not said so.
struct SelectKinds: PostgresStatement {
    static let sql = """
        SELECT read.kind,
            (extract(epoch FROM clock_timestamp() - read.since) * 1000)::float8
        FROM shard_lease
        CROSS JOIN LATERAL unnest(kinds, kinds_since) AS read (kind, since)
        WHERE kinds_epoch = epoch
        """

    static func decode(
        _ row: inout PostgresRow
    ) throws(PostgresError) -> (kind: String, milliseconds: Double) {
        (try row.next(), try row.next())
    }
}
