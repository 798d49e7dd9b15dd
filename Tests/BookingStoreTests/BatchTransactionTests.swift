import BookingDomain
import BookingTestSupport
import Postgres
import Testing

@testable import BookingStore

@Suite struct BatchTransactionTests {
    /// A shard with one event, its lease taken.
    private func with(
        _ event: Event,
        _ body: (LedgerRepository, Lease, TestDatabases) async throws -> Void
    ) async throws {
        try await TestDatabases.with(shards: 1) { databases in
            try await EventRepository(shards: databases.shardPools).create(event)
            let pool = databases.shards[0]
            try await LeaseRepository.with(pool, shard: event.id.shard) { leases in
                let claimed = try #require(try await leases.claim(.test(by: "a")))
                try await body(LedgerRepository(pool: pool), claimed.lease, databases)
            }
        }
    }

    private func decide(
        _ commands: [Command], of event: EventID, _ repository: LedgerRepository
    ) async throws -> Batch {
        var ledgers = try await repository.ledgers(of: [event])
        try await repository.recallBookings(commands, in: &ledgers, within: .seconds(5))
        try await repository.recallTaken(commands, in: &ledgers, within: .seconds(5))
        var batch = Batch(ledgers)
        for command in commands { _ = batch.apply(command, at: TestEvents.now) }
        return batch
    }

    @Test("A batch is stored whole: rows, counters, version, sequence, in one go")
    func whole() async throws {
        let event = try TestEvents.event(capacities: [1500, 3])
        try await with(event) { repository, lease, databases in
            let commands = try (0..<2000).map {
                try TestEvents.book(event.id, items: $0.isMultiple(of: 2) ? [1: 1] : [1: 1, 2: 1])
            }
            let batch = try await decide(commands, of: event.id, repository)
            #expect(try await repository.commit(batch.effects, under: lease) == 1)
            let tally = try #require(try await databases.shards[0].execute(EventTally()).first)
            #expect(tally.bookings == 2000)
            #expect(tally.sequences == 2000)
            #expect(tally.sequence == 2000)
            #expect(tally.version == 2)
            let stored = try await BookingRepository(shards: databases.shardPools)
                .bookings(of: event.id, after: 0, limit: 3000)
            #expect(stored == batch.made)
            let reloaded = try #require(try await repository.ledgers(of: [event.id])[event.id])
            #expect(reloaded.ticketTypes == batch.committedLedgers[event.id]?.ticketTypes)
            #expect(reloaded.version == batch.committedLedgers[event.id]?.version)
            // Whoever reads the ledger next goes on from the time of the last command.
            var next = reloaded
            let early = Instant(microsecondsSinceEpoch: 0)
            let later = next.apply(try TestEvents.book(event.id), at: early)
            guard case .applied(let entry) = later else { throw BadTestData() }
            #expect(entry.at == TestEvents.now)
        }
    }

    @Test("A command that was decided before is known again and changes nothing")
    func dedupe() async throws {
        let event = try TestEvents.event(capacities: [5])
        try await with(event) { repository, lease, _ in
            let command = try TestEvents.book(event.id)
            let first = try await decide([command], of: event.id, repository)
            _ = try await repository.commit(first.effects, under: lease)
            let second = try await decide([command, command], of: event.id, repository)
            #expect(second.made.isEmpty)
            #expect(second.repeatedBookings == first.made + first.made)
            #expect(second.effects.isEmpty)
        }
    }

    @Test("What a user has already counts towards the limit of the next booking")
    func limits() async throws {
        let event = try TestEvents.event(capacities: [50], maxPerUser: 3)
        try await with(event) { repository, lease, _ in
            let user = TestEvents.user()
            let first = try TestEvents.book(event.id, user: user, items: [1: 2])
            _ = try await repository.commit(
                try await decide([first], of: event.id, repository).effects, under: lease)
            let next = [
                try TestEvents.book(event.id, user: user, items: [1: 2]),
                try TestEvents.book(event.id, user: user, items: [1: 1]),
            ]
            let batch = try await decide(next, of: event.id, repository)
            #expect(batch.made.map(\.reason) == [.limitExceeded, nil])
        }
    }

    @Test("What a user has is kept by ticket type, for limited types alone")
    func tallies() async throws {
        let event = try TestEvents.event(capacities: [50, 50], limits: [1: 3])
        try await with(event) { repository, lease, databases in
            let user = TestEvents.user()
            let commands = try [
                TestEvents.book(event.id, user: user, items: [1: 1, 2: 9]),
                TestEvents.book(event.id, user: user, items: [1: 2]),
                TestEvents.book(event.id, user: user, items: [1: 1, 2: 1]),
                TestEvents.book(event.id, items: [2: 1]),
            ]
            for command in commands {
                _ = try await repository.commit(
                    try await decide([command], of: event.id, repository).effects, under: lease)
            }
            let tallies = try await databases.shards[0].execute(
                SelectTaken(buyers: [Buyer(user: user, event: event.id)]))
            #expect(tallies.map(\.ticketType.rawValue) == [1])
            #expect(tallies.map(\.quantity) == [3])
            #expect(try await databases.shards[0].execute(TallyCount()) == [1])
            let strangers = [Buyer(user: TestEvents.user(), event: event.id)]
            let leftovers = try await BookingRepository(shards: databases.shardPools)
                .leftovers(of: strangers + [Buyer(user: user, event: event.id)])
            #expect(leftovers.map(\.buyer.user) == [user])
            #expect(leftovers.first?.left == [try TicketTypeNumber(1).orThrow(): 0])
        }
    }

    @Test("A writer that keeps no tallies is made up for before the next decision")
    func untallied() async throws {
        let event = try TestEvents.event(capacities: [50], limits: [1: 3])
        try await with(event) { repository, lease, databases in
            let user = TestEvents.user()
            _ = try await repository.commit(
                try await decide(
                    [TestEvents.book(event.id, user: user, items: [1: 1])], of: event.id, repository
                ).effects,
                under: lease)
            try await databases.shards[0].withConnection { connection in
                try await connection.run(
                    script: """
                        UPDATE event SET version = version + 1, sequence = 4;
                        UPDATE ticket_type SET available = available - 2, confirmed = confirmed + 2;
                        INSERT INTO booking (key, event_id, sequence, user_id, status, reason,
                            ticket_types, quantities, created_at, decided_at, epoch)
                        SELECT gen_random_uuid(), '\(event.id)', n, '\(user)',
                            CASE WHEN n = 3 THEN 'rejected' ELSE 'confirmed' END,
                            CASE WHEN n = 3 THEN 'sold_out' END, '{1}', '{1}', now(), now(), 1
                        FROM generate_series(2, 4) n
                        """)
            }
            let batch = try await decide(
                [
                    TestEvents.book(event.id, user: user, items: [1: 1]),
                    TestEvents.book(event.id, items: [1: 3]),
                ], of: event.id, repository)
            #expect(batch.made.map(\.reason) == [.limitExceeded, nil])
            _ = try await repository.commit(batch.effects, under: lease)
            let taken = try await databases.shards[0].execute(
                SelectTaken(buyers: [Buyer(user: user, event: event.id)]))
            #expect(taken.map(\.quantity) == [3])
        }
    }

    @Test("A look-up that takes longer than it may is told from a database that is away")
    func slowLookUp() async throws {
        let event = try TestEvents.event(capacities: [50], limits: [1: 3])
        try await with(event) { repository, _, databases in
            let slow = TestEvents.user()
            try await databases.shards[0].withConnection { connection in
                try await connection.run(script: SlowTally.script(for: slow, of: event.id))
            }
            for (user, code) in [(slow, StoreError.Code.tooSlow), (TestEvents.user(), nil)] {
                var ledgers = try await repository.ledgers(of: [event.id])
                let command = try TestEvents.book(event.id, user: user)
                var found: StoreError.Code?
                do throws(StoreError) {
                    try await repository.recallTaken(
                        [command], in: &ledgers, within: .milliseconds(100))
                } catch { found = error.code }
                #expect(found == code)
            }
            try await repository.lookUpNothing(within: .milliseconds(100))
        }
    }

    @Test("A batch decided on an old version is refused whole")
    func versionConflict() async throws {
        let event = try TestEvents.event()
        try await with(event) { repository, lease, databases in
            let stale = try await decide(
                [TestEvents.book(event.id)], of: event.id, repository)
            let fresh = try await decide(
                [TestEvents.book(event.id)], of: event.id, repository)
            _ = try await repository.commit(fresh.effects, under: lease)
            await #expect(throws: StoreError.self) {
                try await repository.commit(stale.effects, under: lease)
            }
            do throws(StoreError) {
                _ = try await repository.commit(stale.effects, under: lease)
            } catch {
                #expect(error.code == .versionConflict)
            }
            let tally = try #require(try await databases.shards[0].execute(EventTally()).first)
            #expect(tally.bookings == 1)
        }
    }

    @Test("Nobody writes under an old epoch, however alive he feels")
    func fence() async throws {
        let event = try TestEvents.event()
        try await with(event) { repository, old, databases in
            let new = try await LeaseRepository.with(
                databases.shards[0], shard: event.id.shard
            ) { leases in
                try await leases.release(old)
                return try #require(try await leases.claim(.test(by: "b"))).lease
            }
            #expect(new.epoch == old.epoch + 1)
            let batch = try await decide([TestEvents.book(event.id)], of: event.id, repository)
            for lease in [
                old,
                Lease(
                    shard: new.shard, owner: new.owner, epoch: old.epoch, duration: new.duration),
            ] {
                do throws(StoreError) {
                    _ = try await repository.commit(batch.effects, under: lease)
                    Issue.record("a batch was committed under a stale lease")
                } catch { #expect(error.code == .fenced) }
            }
            let tally = try #require(try await databases.shards[0].execute(EventTally()).first)
            #expect(tally.bookings == 0)
            #expect(tally.version == 1)
            _ = try await repository.commit(batch.effects, under: new)
        }
    }
}
