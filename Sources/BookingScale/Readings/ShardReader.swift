package import BookingDomain
package import BookingStore

/// Asks the shards' databases how the work on them goes.
package protocol ShardReader: Sendable {
    /// What every shard tells; throws when one of them does not.
    func shards() async throws(UnknownReading) -> [ShardNumber: ShardReading]
}

/// Reads the leases in the shards' databases.
package struct LeaseReader: ShardReader {
    private let repositories: [ShardStatusRepository]

    /// - Parameter repositories: One for each shard.
    package init(_ repositories: [ShardStatusRepository]) { self.repositories = repositories }

    package func shards() async throws(UnknownReading) -> [ShardNumber: ShardReading] {
        let answers = await withTaskGroup(
            of: Result<(ShardNumber, ShardReading), UnknownReading>.self
        ) { group in
            for repository in repositories {
                group.addTask { await Self.read(repository) }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        var shards: [ShardNumber: ShardReading] = [:]
        for answer in answers {
            let (shard, reading) = try answer.get()
            shards[shard] = reading
        }
        return shards
    }

    private static func read(
        _ repository: ShardStatusRepository
    ) async -> Result<(ShardNumber, ShardReading), UnknownReading> {
        do throws(StoreError) {
            let (status, lines) = try await repository.status()
            return .success((status.shard, ShardReading(status, lines: lines)))
        } catch {
            return .failure(UnknownReading("a shard's database does not answer: \(error)"))
        }
    }
}

extension ShardReading {
    fileprivate init(_ status: ShardStatus, lines: [EventLineStatus]) {
        self.init(
            owner: status.state == .served ? status.owner : nil, commands: status.commands,
            messages: status.messages, waited: status.longestWait,
            isPaused: status.state == .paused,
            pausedEvents: Set(lines.filter(\.isPaused).map(\.event)))
    }
}
