package import BookingDomain
package import Postgres

/// One shard's lease; only the database's clock judges it.
package struct LeaseRepository: Sendable {
    private let pool: PostgresPool
    private let shard: ShardNumber

    package init(pool: PostgresPool, shard: ShardNumber) {
        self.pool = pool
        self.shard = shard
    }

    /// Takes the lease if it is free or run out; `nil` while somebody else has it.
    package func claim(
        owner: String, duration: Duration
    ) async throws(StoreError) -> Lease? {
        let wanted = Lease(shard: shard, owner: owner, epoch: 0, duration: duration)
        let epochs = try await storing { () async throws(PostgresError) in
            try await pool.execute(ClaimLease(lease: wanted))
        }
        return epochs.first.map {
            Lease(shard: shard, owner: owner, epoch: $0, duration: duration)
        }
    }

    /// Keeps the lease while there is nothing to write; throws `fenced` when it is lost.
    package func renew(_ lease: Lease) async throws(StoreError) {
        _ = try await storing { () async throws(PostgresError) in
            try await pool.execute(RenewLease(lease: lease, batches: 0))
        }
    }

    /// Gives the lease back, so that the next owner need not wait for its end.
    package func release(_ lease: Lease) async throws(StoreError) {
        _ = try await storing { () async throws(PostgresError) in
            try await pool.execute(ReleaseLease(lease: lease))
        }
    }
}
