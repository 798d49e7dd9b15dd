package import BookingDomain
import Postgres

/// Pauses and resumes the deciding of bookings; they are accepted all the while, and wait.
package struct PauseRepository: Sendable {
    private let shards: ShardPools

    package init(shards: ShardPools) { self.shards = shards }

    /// Pauses or resumes one event, and tells the worker of its shard.
    package func set(
        paused isPaused: Bool, event: EventID
    ) async throws(StoreError) -> PauseAnswer {
        guard let pool = shards[event.shard] else { return .unknown }
        let answers = try await storing { () async throws(PostgresError) in
            try await pool.pipeline(
                PauseEvent(event: event, isPaused: isPaused), NotifyEventChanged(event: event)
            ).0
        }
        return PauseAnswer(answers.first, wanted: isPaused)
    }

    /// Pauses or resumes a whole shard: its owner gives it back, and nobody may take it.
    package func set(
        paused isPaused: Bool, shard: ShardNumber
    ) async throws(StoreError) -> PauseAnswer {
        guard let pool = shards[shard] else { return .unknown }
        let answers = try await storing { () async throws(PostgresError) in
            try await pool.execute(PauseShard(shard: shard, isPaused: isPaused))
        }
        return PauseAnswer(answers.first, wanted: isPaused)
    }
}

/// What came of the wish to pause or resume something.
package enum PauseAnswer: Hashable, Sendable {
    case changed
    /// It was so before.
    case unchanged
    /// There is no such event or shard.
    case unknown

    /// The answer to `wanted`, given whether it was paused before; `nil` when it does not exist.
    init(_ before: Bool?, wanted: Bool) {
        self =
            switch before {
            case nil: .unknown
            case wanted?: .unchanged
            case .some: .changed
            }
    }
}
