import BookingDomain
import BookingTestSupport
import Postgres
import Testing

@testable import BookingStore

@Suite("What operators see of shards and workers")
struct ShardStatusTests {
    @Test("A shard that nobody has is free, and has decided nothing")
    func free() async throws {
        try await TestDatabases.with(shards: 2) { databases in
            let (status, lines) = try await ShardStatusRepository(pool: databases.shards[1])
                .status()
            #expect(status.shard == ShardNumber(1))
            #expect(status.state == .free)
            #expect(status.owner == nil)
            #expect(status.epoch == 0)
            #expect(status.commands == 0)
            #expect(status.decidedAt == nil)
            #expect(status.claimedAt == nil)
            #expect(lines.isEmpty)
        }
    }

    @Test(
        "The state follows from owner, time and pause",
        arguments: [
            ("owner = 'a', expires_at = 'infinity'", ShardStatus.State.served),
            ("owner = 'a', expires_at = now()", .expired),
            ("owner = NULL, expires_at = 'infinity'", .free),
            ("owner = 'a', expires_at = 'infinity', paused_at = now()", .paused),
            ("owner = NULL, paused_at = now()", .paused),
        ])
    func states(row: String, state: ShardStatus.State) async throws {
        try await TestDatabases.with(shards: 1) { databases in
            try await databases.shards[0].withConnection { connection in
                try await connection.run(script: "UPDATE shard_lease SET \(row)")
            }
            let (status, _) = try await ShardStatusRepository(pool: databases.shards[0]).status()
            #expect(status.state == state)
        }
    }

    @Test("Crashes count while they are recent, and everything else is read as it stands")
    func figures() async throws {
        try await TestDatabases.with(shards: 1) { databases in
            let repository = ShardStatusRepository(pool: databases.shards[0])
            try await databases.shards[0].withConnection { connection in
                try await connection.run(
                    script: """
                        UPDATE shard_lease SET owner = 'worker-1', epoch = 7, takeovers = 5,
                            crashes = 3, crashes_since = now() - interval '50 seconds',
                            commands = 4711, messages = 12, waited_ms = 250,
                            claimed_at = now() - interval '1 hour',
                            decided_at = now() - interval '2 seconds'
                        """)
            }
            let (status, _) = try await repository.status()
            #expect(status.owner == "worker-1")
            #expect(status.epoch == 7)
            #expect(status.takeovers == 5)
            #expect(status.recentCrashes == 3)
            #expect(status.commands == 4711)
            #expect(status.messages == 12)
            #expect(status.longestWait == .milliseconds(250))
            let decidedAt = try #require(status.decidedAt)
            let age = status.readAt.microsecondsSinceEpoch - decidedAt.microsecondsSinceEpoch
            #expect((2_000_000..<60_000_000).contains(age))
            try await databases.shards[0].withConnection { connection in
                try await connection.run(
                    script: "UPDATE shard_lease SET crashes_since = now() - interval '61 seconds'")
            }
            #expect(try await repository.status().0.recentCrashes == 0)
        }
    }

    @Test("The lines are those of events on sale, paused or not")
    func lines() async throws {
        try await TestDatabases.with(shards: 1) { databases in
            let events = EventRepository(shards: databases.shardPools)
            let onSale = try TestEvents.event()
            let paused = try TestEvents.event()
            for event in [onSale, paused, try TestEvents.event(status: .closed)] {
                try await events.create(event)
            }
            _ = try await PauseRepository(shards: databases.shardPools)
                .set(paused: true, event: paused.id)
            let (_, lines) = try await ShardStatusRepository(pool: databases.shards[0]).status()
            #expect(
                lines
                    == [(onSale.id, false), (paused.id, true)].sorted { $0.0 < $1.0 }
                    .map { EventLineStatus(event: $0.0, isPaused: $0.1) })
        }
    }

    @Test("Workers are listed by name, with what they said last")
    func workers() async throws {
        try await TestDatabases.with(shards: 0) { databases in
            let repository = WorkerRepository(directory: databases.directory)
            let shards = [ShardNumber(0), ShardNumber(2)].compactMap { $0 }
            let second = WorkerStanding(name: "b", shards: [], isAble: false)
            let first = WorkerStanding(name: "a", shards: shards, isAble: true)
            _ = try await repository.beat(second)
            _ = try await repository.beat(first)
            let workers = try await WorkerStatusRepository(directory: databases.directory)
                .workers()
            #expect(workers.map(\.standing) == [first, second])
            #expect(workers.allSatisfy { $0.startedAt <= $0.seenAt && $0.seenAt <= $0.readAt })
        }
    }
}
