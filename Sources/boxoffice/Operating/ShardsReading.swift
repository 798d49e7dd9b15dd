import BookingDomain
import BookingScale
import BookingStore

/// All shards, workers and queues, as far as they could be read at one moment.
struct ShardsReading: Sendable {
    /// A shard's database: how the shard stands and which events are in its charge.
    struct Shard: Sendable {
        var status: ShardStatus
        var lines: [EventLineStatus]
    }

    /// The shards in order; why one could not be read is told in its stead.
    var shards: [Result<Shard, CommandFailure>]
    var workers: Result<[WorkerStatus], CommandFailure>
    /// Messages in each event's line, those in a worker's hands included.
    var backlog: Result<[EventID: Int], CommandFailure>
}

/// Reads how everything stands.
struct ShardsReader: Sendable {
    let directory: BookingDatabase
    let shards: [BookingDatabase]
    let broker: any LineReader

    /// Reads everything at the same time; what does not answer does not hold up the rest.
    func read() async -> ShardsReading {
        async let backlog = readBacklog()
        async let workers = readWorkers()
        let found = await withTaskGroup(
            of: (Int, Result<ShardsReading.Shard, CommandFailure>).self
        ) { group in
            for (number, database) in shards.enumerated() {
                group.addTask { (number, await Self.read(database)) }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        return ShardsReading(
            shards: found.sorted { $0.key < $1.key }.map(\.value), workers: await workers,
            backlog: await backlog)
    }

    private func readBacklog() async -> Result<[EventID: Int], CommandFailure> {
        do throws(UnknownReading) { return .success(try await broker.lines()) } catch {
            return .failure(CommandFailure(error.description))
        }
    }

    private func readWorkers() async -> Result<[WorkerStatus], CommandFailure> {
        await Self.reading(directory) { () async throws(StoreError) in
            try await WorkerStatusRepository(directory: directory.pool).workers()
        }
    }

    private static func read(
        _ database: BookingDatabase
    ) async -> Result<ShardsReading.Shard, CommandFailure> {
        await reading(database) { () async throws(StoreError) in
            let (status, lines) = try await ShardStatusRepository(pool: database.pool).status()
            return ShardsReading.Shard(status: status, lines: lines)
        }
    }

    /// What `read` gives, once the database has been found to be what it should be.
    private static func reading<Value>(
        _ database: BookingDatabase, _ read: () async throws(StoreError) -> Value
    ) async -> Result<Value, CommandFailure> {
        switch await database.check() {
        case .fine: break
        case .wrong(let reason), .unreachable(let reason): return .failure(CommandFailure(reason))
        }
        do throws(StoreError) { return .success(try await read()) } catch {
            return .failure(CommandFailure(error.message))
        }
    }
}
