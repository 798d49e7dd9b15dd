package import BookingDomain
package import Postgres

/// Guards against connection strings in the wrong order: a shard's database knows its number.
package struct ShardIdentity: Sendable {
    private let pool: PostgresPool
    private let shard: ShardNumber

    package init(pool: PostgresPool, shard: ShardNumber) {
        self.pool = pool
        self.shard = shard
    }

    /// Tells a freshly migrated database its number; throws `mismatch` when it has another.
    package func establish() async throws(StoreError) {
        _ = try await storing { () async throws(PostgresError) in
            try await pool.execute(NameShard(shard: Int16(shard.rawValue)))
        }
        try await verify()
    }

    /// Throws `mismatch` unless the database is this shard.
    package func verify() async throws(StoreError) {
        let names = try await storing { () async throws(PostgresError) in
            try await pool.execute(SelectShardName())
        }
        guard names == [Int16(shard.rawValue)] else {
            let found = names.first.map { "shard \($0)" } ?? "no shard yet"
            throw StoreError(.mismatch, "the database for shard \(shard) is \(found)")
        }
    }
}
