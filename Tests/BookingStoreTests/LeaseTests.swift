import BookingDomain
import BookingTestSupport
import Postgres
import Synchronization
import Testing

@testable import BookingStore

extension LeaseClaim {
    static func test(by owner: String, for duration: Duration = .seconds(60)) -> LeaseClaim {
        LeaseClaim(owner: owner, duration: duration)
    }
}

@Suite struct LeaseTests {
    private func with(
        _ body: @Sendable (PostgresPool, ShardNumber) async throws -> Void
    ) async throws {
        try await TestDatabases.with(shards: 1) { databases in
            try await body(databases.shards[0], try #require(ShardNumber(0)))
        }
    }

    /// As if so much time had passed since the lease was last written.
    private static func turnBack(
        _ column: String, by time: String, in pool: PostgresPool
    ) async throws {
        try await pool.withConnection { connection in
            try await connection.run(
                script: "UPDATE shard_lease SET \(column) = \(column) - interval '\(time)'")
        }
    }

    @Test("A lease is taken only when it is free or has run out, and renewed only by its owner")
    func lease() async throws {
        try await with { pool, shard in
            try await LeaseRepository.with(pool, shard: shard) { one in
                try await LeaseRepository.with(pool, shard: shard) { other in
                    let first = try #require(try await one.claim(.test(by: "a"))).lease
                    #expect(try await other.claim(.test(by: "b")) == nil)
                    #expect(try await !one.renew(first).isPaused)
                    try await Self.turnBack("expires_at", by: "61 s", in: pool)
                    let second = try await other.claim(.test(by: "b"))
                    #expect(second?.lease.epoch == first.epoch + 1)
                    #expect(second?.isTakeover == true)
                    #expect(second?.recentCrashes == 1)
                    do throws(StoreError) {
                        _ = try await one.renew(first)
                        Issue.record("a lost lease was renewed")
                    } catch { #expect(error.code == .fenced) }
                    // Releasing what is lost takes nothing from the new owner.
                    try await one.release(first)
                    #expect(try await one.claim(.test(by: "c")) == nil)
                }
            }
        }
    }

    @Test("The end of the owner's session frees the lease at once, and not that of the one before")
    func session() async throws {
        try await with { pool, shard in
            try await LeaseRepository.with(pool, shard: shard) { frozen in
                _ = try #require(try await frozen.claim(.test(by: "a", for: .zero)))
                try await LeaseRepository.with(pool, shard: shard) { other in
                    // The first owner's session lives on, as that of a frozen worker does.
                    let dead = try await LeaseRepository.with(pool, shard: shard) { dead in
                        try #require(try await dead.claim(.test(by: "b")))
                    }
                    // The server takes a moment to see the end of a session.
                    var found: ClaimedLease?
                    let deadline = ContinuousClock.now + .seconds(5)
                    while found == nil, ContinuousClock.now < deadline {
                        found = try await other.claim(.test(by: "c"))
                    }
                    let claimed = try #require(found)
                    #expect(claimed.lease.epoch == dead.lease.epoch + 1)
                    #expect(claimed.isTakeover)
                    #expect(try await frozen.claim(.test(by: "a")) == nil)
                }
            }
        }
    }

    @Test("Of ten who ask at the same moment one gets the lease")
    func race() async throws {
        try await TestDatabases.with(shards: 1, connectionsMax: 12) { databases in
            let shard = try #require(ShardNumber(0))
            for _ in 0..<3 {
                let asked = Turnout()
                let claims = try await withThrowingTaskGroup(of: ClaimedLease?.self) { group in
                    for index in 0..<10 {
                        group.addTask {
                            try await LeaseRepository.with(databases.shards[0], shard: shard) {
                                let claimed = try await $0.claim(.test(by: "worker \(index)"))
                                // Nobody's session ends before everybody has asked.
                                asked.increment()
                                try await eventually("all have asked") { asked.count == 10 }
                                if let claimed { try await $0.release(claimed.lease) }
                                return claimed
                            }
                        }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(claims.count { $0 != nil } == 1)
            }
        }
    }

    @Test("A shard given back goes to those who want more at once, to others when nobody took it")
    func orphan() async throws {
        try await with { pool, shard in
            try await LeaseRepository.with(pool, shard: shard) { leases in
                let first = try #require(try await leases.claim(.test(by: "a"))).lease
                try await leases.release(first)
                var content = LeaseClaim.test(by: "b")
                content.wantsMore = false
                content.orphanedAfter = .seconds(60)
                #expect(try await leases.claim(content) == nil)
                try await Self.turnBack("expires_at", by: "61 s", in: pool)
                let second = try #require(try await leases.claim(content))
                #expect(!second.isTakeover)
                #expect(second.recentCrashes == 0)
                try await leases.release(second.lease)
                #expect(try await leases.claim(.test(by: "c")) != nil)
            }
        }
    }

    @Test("After so many deaths within a minute the shard rests; one given back does not")
    func crashes() async throws {
        try await with { pool, shard in
            var claim = LeaseClaim.test(by: "a")
            claim.crashesPerMinuteMax = 3
            var crashes: [Int] = []
            for _ in 0..<4 {
                try await LeaseRepository.with(pool, shard: shard) { leases in
                    var claimed: ClaimedLease?
                    try await eventually("the last owner's session has ended") {
                        claimed = try await leases.claim(claim)
                        return claimed != nil
                    }
                    crashes.append(try #require(claimed).recentCrashes)
                }
            }
            #expect(crashes == [0, 1, 2, 3])
            try await LeaseRepository.with(pool, shard: shard) { leases in
                #expect(try await leases.claim(claim) == nil)
                try await Self.turnBack("crashes_since", by: "61 s", in: pool)
                let claimed = try #require(try await leases.claim(claim))
                #expect(claimed.recentCrashes == 1)
            }
        }
    }

    @Test("A paused shard is claimed by nobody, and its owner is told")
    func paused() async throws {
        try await with { pool, shard in
            try await LeaseRepository.with(pool, shard: shard) { leases in
                let first = try #require(try await leases.claim(.test(by: "a"))).lease
                try await pool.withConnection { connection in
                    try await connection.run(
                        script: "UPDATE shard_lease SET paused_at = clock_timestamp()")
                }
                #expect(try await leases.renew(first).isPaused)
                try await leases.release(first)
                #expect(try await leases.claim(.test(by: "b")) == nil)
            }
        }
    }

    @Test("Deaths are counted by message and by process: a process that lives is none")
    func suspects() async throws {
        try await with { pool, shard in
            try await LeaseRepository.with(pool, shard: shard) { leases in
                let lease = try #require(try await leases.claim(.test(by: "a"))).lease
                let ledgers = LedgerRepository(pool: pool)
                let event = try TestEvents.event().id
                let one = MessageDigest(of: [1, 2], in: event)
                let other = MessageDigest(of: [2, 1], in: event)
                let processes = (0..<3).map { ProcessIdentity(random: $0) }
                func trials(of message: MessageDigest, in process: Int) async throws -> Int {
                    try await ledgers.trySuspect(message, in: processes[process], under: lease)
                }
                #expect(try await trials(of: one, in: 0) == 1)
                #expect(try await trials(of: one, in: 0) == 1)
                #expect(try await trials(of: one, in: 1) == 2)
                #expect(try await trials(of: other, in: 1) == 1)
                try await ledgers.forgetTrials(of: [one, other], in: processes[1])
                #expect(try await trials(of: one, in: 2) == 2)
                #expect(try await trials(of: other, in: 2) == 1)
                try await ledgers.clearSuspect(one)
                #expect(try await trials(of: one, in: 1) == 1)
                try await leases.release(lease)
                do throws(StoreError) {
                    _ = try await ledgers.trySuspect(one, in: processes[0], under: lease)
                    Issue.record("a suspect was tried under a lost lease")
                } catch { #expect(error.code == .fenced) }
            }
        }
    }

    @Test(
        "An expired owner's session that holds the row and waits for its client is ended, no other",
        arguments: [("a", true), ("another", false)])
    func stuckOwner(name: String, isEnded: Bool) async throws {
        try await TestDatabases.with(shards: 1) { databases in
            let shard = try #require(ShardNumber(0))
            let stuck = try databases.pool(
                shard: 0, application: WorkerSessions.applicationName(ofWorker: name))
            try await LeaseRepository.with(databases.shards[0], shard: shard) { owner in
                _ = try #require(try await owner.claim(.test(by: "a")))
                try await stuck.withConnection { session in
                    try await session.run(
                        script: "BEGIN; UPDATE shard_lease SET batch = batch + 1")
                    try await LeaseRepository.with(databases.shards[0], shard: shard) { other in
                        // Not while the lease lasts, and claims do not wait for the row.
                        #expect(try await other.claim(.test(by: "b")) == nil)
                        #expect(await !Self.isLost(session))
                        for script in [
                            "COMMIT", "UPDATE shard_lease SET expires_at = '-infinity'",
                            "BEGIN; UPDATE shard_lease SET batch = batch + 1",
                        ] { try await session.run(script: script) }
                        guard isEnded else {
                            #expect(try await other.claim(.test(by: "b")) == nil)
                            return #expect(await !Self.isLost(session))
                        }
                        let deadline = ContinuousClock.now + .seconds(5)
                        var claimed: ClaimedLease?
                        while claimed == nil, ContinuousClock.now < deadline {
                            claimed = try await other.claim(.test(by: "b"))
                        }
                        #expect(await Self.isLost(session))
                        #expect(claimed?.isTakeover == true)
                    }
                }
            }
            await stuck.close()
        }
    }

    /// Whether a session has been ended by somebody else.
    private static func isLost(_ session: PostgresConnection) async -> Bool {
        do {
            try await session.run(script: "SELECT 1")
            return false
        } catch { return true }
    }
}

/// Counts for several tasks.
private final class Turnout: Sendable {
    private let value = Mutex(0)

    var count: Int { value.withLock { $0 } }
    func increment() { value.withLock { $0 += 1 } }
}

@Suite struct WorkerRepositoryTests {
    @Test("Workers see each other while they live, and how they stand")
    func beats() async throws {
        try await TestDatabases.with(shards: 1) { databases in
            let workers = WorkerRepository(directory: databases.directory)
            let shards = try [0, 2].map { try #require(ShardNumber($0)) }
            let a = WorkerStanding(name: "a", shards: shards, isAble: true)
            let b = WorkerStanding(name: "b", shards: [], isAble: false)
            #expect(try await workers.beat(a).isEmpty)
            #expect(try await workers.beat(b) == [a])
            #expect(try await workers.beat(a) == [b])
            try await workers.retire("b")
            #expect(try await workers.beat(a).isEmpty)
            _ = try await workers.beat(b)
            try await databases.directory.withConnection { connection in
                try await connection.run(
                    script: "UPDATE worker SET seen_at = seen_at - interval '2 s' WHERE name = 'a'")
            }
            #expect(try await workers.beat(b).isEmpty)
        }
    }
}
