package import BookingDomain
package import Postgres

/// How a shard stands, for operators; reading it touches nothing.
package struct ShardStatusRepository: Sendable {
    private let pool: PostgresPool

    package init(pool: PostgresPool) { self.pool = pool }

    /// The shard as it is now, and its lines in the order of their events.
    package func status() async throws(StoreError) -> (ShardStatus, lines: [EventLineStatus]) {
        let (statuses, lines) = try await storing { () async throws(PostgresError) in
            try await pool.pipeline(SelectShardStatus(), SelectLines())
        }
        guard let status = statuses.first else {
            throw StoreError(.mismatch, "the database is no shard yet")
        }
        return (status, lines)
    }
}

/// How the workers stand, for operators.
package struct WorkerStatusRepository: Sendable {
    private let pool: PostgresPool

    package init(directory pool: PostgresPool) { self.pool = pool }

    /// The workers that live, and those that fell silent within the last minute or so, by name.
    package func workers() async throws(StoreError) -> [WorkerStatus] {
        try await storing { () async throws(PostgresError) in
            try await pool.execute(SelectWorkers())
        }
    }
}

/// How a shard stands.
package struct ShardStatus: Hashable, Sendable {
    package var shard: ShardNumber
    /// The worker that has the lease, or had it when it ran out.
    package var owner: String?
    /// How many owners there have been.
    package var epoch: Int64
    /// Whether the time of the lease is over; only with an owner does it mean that one is missing.
    package var hasRunOut: Bool
    package var claimedAt: Instant?
    /// How often an owner died or froze: ever, and within the last minute.
    package var takeovers: Int64
    package var recentCrashes: Int
    /// Commands decided ever, and the messages they came in.
    package var commands: Int64
    package var messages: Int64
    /// When the last batch was written, and how long its oldest command had waited by then.
    package var decidedAt: Instant?
    package var longestWait: Duration
    package var pausedAt: Instant?
    /// The database's time of all this.
    package var readAt: Instant

    package enum State: String, Sendable {
        /// An owner keeps the lease.
        case served
        /// Nobody has the lease.
        case free
        /// The owner has not renewed the lease in time.
        case expired
        /// Nobody may claim it.
        case paused
    }

    package var state: State {
        if pausedAt != nil { return .paused }
        if owner == nil { return .free }
        return hasRunOut ? .expired : .served
    }
}

/// An event whose bookings are taken.
package struct EventLineStatus: Hashable, Sendable {
    package var event: EventID
    /// Whether its bookings wait because an operator wants it so.
    package var isPaused: Bool
}

/// A worker, as it was when it was last seen.
package struct WorkerStatus: Hashable, Sendable {
    /// After how long a silence a worker counts as dead, to the other workers and to the operator.
    package static let silenceMax = Duration.seconds(2)

    package var standing: WorkerStanding
    package var startedAt: Instant
    package var seenAt: Instant
    /// The directory's time of reading this.
    package var readAt: Instant
}
