package import BookingDomain
package import Postgres

/// One shard's lease, in a database session of its own; only the database's clock judges it.
///
/// The session shows that the owner lives: when it ends, however it ends, the lease is anybody's.
package struct LeaseRepository: Sendable {
    private let session: PostgresConnection
    private let shard: ShardNumber

    /// Runs `body` with a session of its own.
    package static func with<Value: Sendable>(
        _ pool: PostgresPool, shard: ShardNumber,
        _ body: (LeaseRepository) async throws -> Value
    ) async throws -> Value {
        try await pool.withConnection { session in
            let result: Result<Value, any Error>
            do {
                result = .success(try await body(LeaseRepository(session: session, shard: shard)))
            } catch { result = .failure(error) }
            // Another user of the connection must not hold our locks.
            await session.close()
            return try result.get()
        }
    }

    /// Whether the session lives, as far as is known; when it ends, so does the lease.
    package var isOpen: Bool { session.isOpen }

    /// Takes the lease if it may be taken; `nil` while somebody else has it.
    ///
    /// An owner that stopped in the middle of a batch would keep it for ever: what it left in the database is
    /// ended then, and the next claim may succeed.
    package func claim(_ claim: LeaseClaim) async throws(StoreError) -> ClaimedLease? {
        let askedAt = ContinuousClock.now
        let rows = try await storing { () async throws(PostgresError) in
            let rows = try await session.execute(ClaimLease(shard: shard, claim: claim))
            if rows.isEmpty { _ = try await session.execute(EndStuckOwner(shard: shard)) }
            return rows
        }
        return rows.first.map { row in
            ClaimedLease(
                lease: Lease(
                    shard: shard, owner: claim.owner, epoch: row.epoch, duration: claim.duration),
                isTakeover: row.isTakeover, recentCrashes: Int(row.crashes),
                lastBatch: row.batch, incarnation: row.incarnation,
                time: DatabaseTime(row.claimedAt, askedAt: askedAt))
        }
    }

    /// Keeps the lease while there is nothing to write; throws `fenced` when it is lost.
    package func renew(_ lease: Lease) async throws(StoreError) -> RenewedLease {
        let askedAt = ContinuousClock.now
        let rows = try await storing { () async throws(PostgresError) in
            try await session.execute(RenewLease(lease: lease))
        }
        guard let row = rows.first else {
            throw StoreError(.corrupt, "a renewal told nothing", isSafeToRetry: false)
        }
        return RenewedLease(
            isPaused: row.isPaused, time: DatabaseTime(row.now, askedAt: askedAt))
    }

    /// Gives the lease back, so that the next owner need not wait for its end; returns whether it was
    /// still ours.
    @discardableResult
    package func release(_ lease: Lease) async throws(StoreError) -> Bool {
        let rows = try await storing { () async throws(PostgresError) in
            try await session.execute(ReleaseLease(lease: lease))
        }
        return rows.first ?? false
    }
}
