package import BookingDomain
package import Postgres

/// The workers that live, in the directory database; only its clock judges who does.
package struct WorkerRepository: Sendable {
    private let pool: PostgresPool

    package init(directory pool: PostgresPool) { self.pool = pool }

    /// Says that `worker` lives and how it stands; returns all others that live.
    package func beat(_ worker: WorkerStanding) async throws(StoreError) -> [WorkerStanding] {
        try await storing { () async throws(PostgresError) in
            try await pool.execute(BeatHeart(worker: worker))
        }
    }

    /// Says that a worker has ended, so that nobody counts on it any longer.
    package func retire(_ name: String) async throws(StoreError) {
        _ = try await storing { () async throws(PostgresError) in
            try await pool.execute(RetireWorker(name: name))
        }
    }
}

/// How a worker stands.
package struct WorkerStanding: Hashable, Sendable {
    package let name: String
    /// The shards it serves.
    package let shards: [ShardNumber]
    /// Whether it could serve more.
    package let isAble: Bool

    package init(name: String, shards: [ShardNumber], isAble: Bool) {
        self.name = name
        self.shards = shards
        self.isAble = isAble
    }
}
