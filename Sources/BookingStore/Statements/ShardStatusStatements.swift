import BookingDomain
import Postgres

/// Everything about a shard's lease that an operator may want to know.
struct SelectShardStatus: PostgresStatement {
    static let sql = """
        SELECT shard, owner, epoch, expires_at < clock_timestamp(), claimed_at, takeovers,
            CASE WHEN crashes_since > clock_timestamp() - interval '1 minute'
                THEN crashes ELSE 0 END,
            commands, messages, decided_at, waited_ms, paused_at, clock_timestamp()
        FROM shard_lease
        """

    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> ShardStatus {
        guard let shard = ShardNumber(Int(try row.next(Int16.self))) else {
            throw .unreadable("a shard's number is out of range")
        }
        return ShardStatus(
            shard: shard, owner: try row.next(), epoch: try row.count(),
            hasRunOut: try row.next(), claimedAt: try row.instantIfAny(),
            takeovers: try row.count(), recentCrashes: Int(try row.next(Int32.self)),
            commands: try row.count(), messages: try row.count(),
            decidedAt: try row.instantIfAny(),
            longestWait: .milliseconds(try row.next(Int32.self)),
            pausedAt: try row.instantIfAny(), readAt: try row.instant())
    }
}

extension PostgresRow {
    fileprivate mutating func instantIfAny() throws(PostgresError) -> Instant? {
        try next(PostgresTimestamp?.self).map(Instant.init)
    }
}

/// The events whose bookings are taken, and whether each is paused.
struct SelectLines: PostgresStatement {
    static let sql = """
        SELECT id, paused_at IS NOT NULL FROM event WHERE status = 'onSale' ORDER BY id
        """

    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> EventLineStatus {
        EventLineStatus(event: try row.next(id: EventID.self), isPaused: try row.next())
    }
}

/// Every worker that was seen of late, by name.
struct SelectWorkers: PostgresStatement {
    static let sql = """
        SELECT name, shards, able, started_at, seen_at, clock_timestamp() FROM worker ORDER BY name
        """

    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> WorkerStatus {
        WorkerStatus(
            standing: WorkerStanding(
                name: try row.next(),
                shards: try row.next([Int16].self).compactMap { ShardNumber(Int($0)) },
                isAble: try row.next()),
            startedAt: try row.instant(), seenAt: try row.instant(), readAt: try row.instant())
    }
}
