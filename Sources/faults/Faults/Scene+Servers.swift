import BookingLoad
import ChildProcesses

/// Faults that hit the broker and the database servers, and the load.
extension Scene {
    private static let downtime = Duration.milliseconds(500)
    private static let clusterSize = 3
    /// How long a backlog grows before the alarm, and how long the alarm lasts.
    private static let backlogTime = Duration.seconds(8)
    private static let alarmTime = Duration.seconds(30)

    func killServer(_ server: Services.Server) async throws -> String {
        try await services.kill(server)
        try await Task.sleep(for: Self.downtime)
        try await services.start()
        return server.rawValue
    }

    func killBroker(_ random: inout SeededGenerator) async throws -> String {
        let node = Int.random(in: 1...Self.clusterSize, using: &random)
        try await services.kill(broker: node)
        try await Task.sleep(for: .seconds(5))
        try await services.start()
        return "node \(node)"
    }

    func partitionBroker(_ random: inout SeededGenerator) async throws -> String {
        let node = Int.random(in: 1...Self.clusterSize, using: &random)
        try await services.partition(node)
        try await Task.sleep(for: .seconds(8))
        try await services.heal()
        return "node \(node)"
    }

    /// Lets a backlog come, then blocks all publishers: the backlog must be decided while the alarm lasts.
    func raiseMemoryAlarm() async throws -> String {
        let sale = runEvents.hot
        try await setPaused(sale, true)
        try await Task.sleep(for: Self.backlogTime)
        try await services.alarm(true)
        let start = ContinuousClock.now
        let backlog = try await broker.ready(in: sale.event.id)
        try await setPaused(sale, false)
        try await eventually("the backlog is decided", within: Self.alarmTime) {
            // A queue whose leader is slow says that it is empty.
            for _ in 0..<2 where try await broker.ready(in: sale.event.id) > 0 { return false }
            return true
        }
        let drained = ContinuousClock.now - start
        try await Task.sleep(until: start + Self.alarmTime, clock: .continuous)
        try await services.alarm(false)
        return "\(backlog) messages waited, and were decided after \(drained)"
    }

    func overload() async throws -> String {
        loop.speedUp(by: 4)
        defer { loop.speedUp(by: 1) }
        try await Task.sleep(for: .seconds(4))
        return "4 times the load for 4 s"
    }

    /// Takes a lease from its owner by SQL, and holds the lock that shows a living owner.
    func usurp(_ random: inout SeededGenerator) async throws -> String {
        let shard = pickSale(&random).shard
        try await databases.shard(shard).rows(
            """
            SELECT pg_advisory_lock(shard, ((epoch + 1) % 2147483647)::integer) FROM shard_lease;
            BEGIN;
            UPDATE shard_lease SET owner = 'a usurper', epoch = epoch + 1,
                expires_at = clock_timestamp() + interval '2 s';
            COMMIT;
            SELECT pg_sleep(1.5)
            """)
        return "shard \(shard)"
    }

    func lockEvent(_ random: inout SeededGenerator) async throws -> String {
        let sale = pickSale(&random)
        for seconds in ["0.8", "3"] {
            try await databases.shard(sale.shard).rows(
                """
                SELECT 1 FROM event WHERE id = '\(sale.event.id)' FOR UPDATE;
                SELECT pg_sleep(\(seconds))
                """)
            try await Task.sleep(for: .seconds(1))
        }
        return "event \(sale.event.id)"
    }
}
