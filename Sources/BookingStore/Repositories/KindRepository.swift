package import BookingDomain
import Postgres

/// Which kinds of command the owners of the shards read.
package struct KindRepository: Sendable {
    private let shards: ShardPools

    package init(shards: ShardPools) { self.shards = shards }

    /// The kinds that the owner of a shard reads, or its last owner did, by name, and for how long all owners
    /// have; empty when the owner is of a version that does not say it.
    package func kinds(of shard: ShardNumber) async throws(StoreError) -> [String: Duration] {
        guard let pool = shards[shard] else { return [:] }
        let rows = try await storing { () async throws(PostgresError) in
            try await pool.execute(SelectKinds())
        }
        return rows.reduce(into: [:]) { kinds, row in
            // A clock that was turned back makes nothing older; one that is far off, not for ever.
            kinds[row.kind] = .seconds(min(max(row.milliseconds / 1000, 0), Self.secondsMax))
        }
    }

    private static let secondsMax = 1e6
}
