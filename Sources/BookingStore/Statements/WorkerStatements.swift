import BookingDomain
import Postgres

/// One worker's heartbeat; the rows of those that have been silent for long are swept away.
struct BeatHeart: PostgresStatement {
    static let sql = """
        WITH beat AS (
            INSERT INTO worker (name, shards, able, started_at, seen_at)
            VALUES ($1, $2, $3, clock_timestamp(), clock_timestamp())
            ON CONFLICT (name) DO UPDATE
            SET shards = excluded.shards, able = excluded.able, seen_at = excluded.seen_at
        ), swept AS (
            DELETE FROM worker WHERE seen_at < clock_timestamp() - interval '1 minute'
                AND name <> $1
        )
        SELECT name, shards, able FROM worker
        WHERE name <> $1 AND seen_at > clock_timestamp()
                - interval '\(WorkerStatus.silenceMax.components.seconds) seconds'
        """
    let worker: WorkerStanding

    func bind(to parameters: inout PostgresParameters) {
        parameters.append(worker.name)
        parameters.append(worker.shards.map { Int16($0.rawValue) })
        parameters.append(worker.isAble)
    }
    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> WorkerStanding {
        WorkerStanding(
            name: try row.next(),
            shards: try row.next([Int16].self).compactMap { ShardNumber(Int($0)) },
            isAble: try row.next())
    }
}

struct RetireWorker: PostgresStatement {
    static let sql = "DELETE FROM worker WHERE name = $1"
    let name: String

    func bind(to parameters: inout PostgresParameters) { parameters.append(name) }
}
