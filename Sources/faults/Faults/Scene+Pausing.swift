import BookingLoad
import ChildProcesses

/// Faults that an operator causes: bookings made to wait, and to go on.
extension Scene {
    private static let rounds = 8
    /// How long a pause lasts, for a backlog to come.
    private static let pauseMilliseconds = 100...800
    /// How long the backlog is worked on before the next pause.
    private static let workMilliseconds = 20...200

    /// Pauses busy events in the middle of their backlogs again and again, and kills an owner meanwhile.
    func pauseEvents(_ random: inout SeededGenerator) async throws -> String {
        try await pauseAgainAndAgain(&random, setPaused)
    }

    /// Pauses an event, or lets it go on.
    func setPaused(_ sale: RunEvents.Sale, _ isPaused: Bool) async throws {
        try await databases.shard(sale.shard).rows(
            """
            UPDATE event SET paused_at = \(isPaused ? "clock_timestamp()" : "NULL")
             WHERE id = '\(sale.event.id)';
            SELECT pg_notify('booking_event', '\(sale.event.id)')
            """)
    }

    /// The same with whole shards.
    func pauseShards(_ random: inout SeededGenerator) async throws -> String {
        try await pauseAgainAndAgain(&random) { sale, isPaused in
            try await databases.shard(sale.shard).rows(
                "UPDATE shard_lease SET paused_at = \(isPaused ? "clock_timestamp()" : "NULL")")
        }
    }

    private func pauseAgainAndAgain(
        _ random: inout SeededGenerator, _ setPaused: (RunEvents.Sale, Bool) async throws -> Void
    ) async throws -> String {
        let sale = pickSale(&random)
        let roundOfKill = Int.random(in: 0..<Self.rounds, using: &random)
        var victim: Program?
        for round in 0..<Self.rounds {
            // Of a shard nobody has, since it is paused, there is nobody to kill.
            let owner = round == roundOfKill ? try await owner(of: sale.shard) : nil
            try await setPaused(sale, true)
            try await Task.sleep(
                for: .milliseconds(Int.random(in: Self.pauseMilliseconds, using: &random)))
            try await setPaused(sale, false)
            try await Task.sleep(
                for: .milliseconds(Int.random(in: Self.workMilliseconds, using: &random)))
            if let owner {
                try await fleet.kill(owner)
                victim = owner
            }
        }
        if let victim { try await fleet.start(victim) }
        return "event \(sale.event.id) of shard \(sale.shard), \(Self.rounds) times; "
            + "\(victim?.name ?? "nobody") killed"
    }

    /// Lets all that is paused go on.
    func resumeAll() async throws {
        _ = try await databases.rows(
            """
            UPDATE shard_lease SET paused_at = NULL WHERE paused_at IS NOT NULL;
            WITH resumed AS (
                UPDATE event SET paused_at = NULL WHERE paused_at IS NOT NULL RETURNING id
            )
            SELECT pg_notify('booking_event', id::text) FROM resumed
            """)
    }
}
