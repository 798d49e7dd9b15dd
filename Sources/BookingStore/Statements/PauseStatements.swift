import BookingDomain
import Postgres

/// Pauses or resumes an event, and says whether it was paused before; no row when there is none.
///
/// The time of the first pause is kept when it is paused again.
struct PauseEvent: PostgresStatement {
    static let sql = """
        WITH old AS (
            SELECT id, paused_at FROM event WHERE id = $1 FOR NO KEY UPDATE
        ), changed AS (
            UPDATE event e
            SET paused_at = CASE WHEN $2 THEN coalesce(old.paused_at, clock_timestamp()) END
            FROM old WHERE e.id = old.id
        )
        SELECT paused_at IS NOT NULL FROM old
        """
    let event: EventID
    let isPaused: Bool

    func bind(to parameters: inout PostgresParameters) {
        parameters.append(event.uuid)
        parameters.append(isPaused)
    }
    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> Bool { try row.next() }
}

/// The same for a shard; its owner reads it when it renews the lease.
struct PauseShard: PostgresStatement {
    static let sql = """
        WITH old AS (
            SELECT shard, paused_at FROM shard_lease WHERE shard = $1 FOR NO KEY UPDATE
        ), changed AS (
            UPDATE shard_lease l
            SET paused_at = CASE WHEN $2 THEN coalesce(old.paused_at, clock_timestamp()) END
            FROM old WHERE l.shard = old.shard
        )
        SELECT paused_at IS NOT NULL FROM old
        """
    let shard: ShardNumber
    let isPaused: Bool

    func bind(to parameters: inout PostgresParameters) {
        parameters.append(Int16(shard.rawValue))
        parameters.append(isPaused)
    }
    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> Bool { try row.next() }
}
