package import BookingManagement
import BookingDomain
import BookingStore

extension IngressServer {
    /// What an ingress needs: each database, the broker to publish to, and the outcomes from it.
    package var healthChecks: [HealthCheck] {
        let (users, events) = (dependencies.users, dependencies.events)
        let (commands, outcomes) = (dependencies.commands, dependencies.outcomes)
        let missed = application.missed
        let shards = (0..<dependencies.shardCount).compactMap { ShardNumber($0) }
        let databases =
            [
                HealthCheck(name: "directory-database") {
                    await answer { () async throws(StoreError) in
                        _ = try await users.user(UserID(bits: 0))
                    }
                }
            ]
            + shards.map { shard in
                HealthCheck(name: "shard-\(shard)-database") {
                    await answer { () async throws(StoreError) in
                        let nothing = EventID(
                            shard: shard, now: Instant(microsecondsSinceEpoch: 0), random: 0)
                        _ = try await events.events([nothing])
                    }
                }
            }
        return databases + [
            HealthCheck(name: "broker") {
                guard let obstacle = commands.obstacle else { return .healthy }
                // With a broker that takes nothing, what was accepted is still decided and told.
                return commands.isReachable ? .degraded(obstacle) : .unhealthy(obstacle)
            },
            HealthCheck(name: "ended-sessions") { [revocations = application.revocations] in
                guard let delay = revocations.delay(at: .now) else { return .healthy }
                let seconds = delay.components.seconds
                return .degraded("not read for \(seconds) s: sessions that were ended since go on")
            },
            HealthCheck(name: "outcomes") {
                guard outcomes.isConnected else { return .unhealthy("not subscribed to outcomes") }
                return missed.problem.map { HealthStatus.degraded($0) } ?? .healthy
            },
        ]
    }
}

/// Whether a database answers a question that reads one index.
private func answer(_ question: () async throws(StoreError) -> Void) async -> HealthStatus {
    do {
        try await question()
        return .healthy
    } catch { return .unhealthy(error.description) }
}
