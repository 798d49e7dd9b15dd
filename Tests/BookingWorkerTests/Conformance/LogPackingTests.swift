import BookingDomain
@testable import BookingStore
import BookingTestSupport
import Testing

@testable import BookingWorker

/// The logs of events that an older program wrote, which keeps none.
@Suite("What an older program wrote is packed", .timeLimit(.minutes(2)))
struct LogPackingTests {
    /// More than one page.
    private static let count = 4500

    private func with(
        _ body: (PostgresWorld, LogRepository, Event) async throws -> Void
    ) async throws {
        let event = try TestEvents.event(capacities: [10_000])
        try await TestDatabases.with(shards: 1) { databases in
            let world = PostgresWorld(databases: databases, shard: event.id.shard)
            try await world.create(event)
            try await world.writeAsBefore(Self.count, to: event.id)
            try await body(world, LogRepository(pool: databases.shards[0]), event)
        }
    }

    /// That the log is whole, in pages that abut, and says what the bookings say.
    private func expectWhole(
        _ world: PostgresWorld, _ event: EventID, count: Int = LogPackingTests.count
    ) async throws {
        let log = try await world.log(of: event)
        #expect(log.map(\.sequence) == (0..<count).map { Int64($0 + 1) })
        let bookings = try await world.bookings(of: event)
        #expect(
            log.prefix(Self.count).map(\.command)
                == bookings.prefix(Self.count).map { CommandID($0.key) })
    }

    @Test("By whoever reads the ledger first, before anything else is decided")
    func byOwner() async throws {
        try await with { world, _, event in
            let ledger = try await world.store.ledgers(of: [event.id])[event.id].orThrow()
            #expect(ledger.sequence == Int64(Self.count))
            try await expectWhole(world, event.id)
            try await world.withSession { session in
                let claim = LeaseClaim(owner: "a", duration: .seconds(60))
                let lease = try await session.claim(claim).orThrow().lease
                let batch = DecidedBatch(
                    [try TestEvents.book(event.id, holding: true)], on: [event.id: ledger],
                    at: try await world.now())
                _ = try await world.store.commit(batch.effects, from: 1, under: lease)
            }
            try await expectWhole(world, event.id, count: Self.count + 1)
        }
    }

    @Test("By several at the same time, once")
    func byMany() async throws {
        try await with { world, logs, event in
            async let first = logs.completeAll()
            async let second = logs.completeAll()
            async let third = world.store.ledgers(of: [event.id])
            _ = try await (first, second, third)
            try await expectWhole(world, event.id)
            #expect(try await logs.completeAll() == 0)
        }
    }

    @Test("By one who comes late, and finds it packed and its bookings moved on")
    func byLate() async throws {
        try await with { world, logs, event in
            let ledgers = try await world.store.ledgers(of: [event.id])
            let first = try await world.bookings(of: event.id).first.orThrow()
            try await world.withSession { session in
                let claim = LeaseClaim(owner: "a", duration: .seconds(60))
                let lease = try await session.claim(claim).orThrow().lease
                let cancel = Command(
                    id: CommandID(bits: 1), event: event.id, actor: first.user,
                    acceptedAt: nil, body: .change(.cancel, of: first.key))
                var told = ledgers
                try await world.store.recallChanges([cancel], in: &told, within: .seconds(5))
                let batch = DecidedBatch([cancel], on: told, at: try await world.now())
                _ = try await world.store.commit(batch.effects, from: 1, under: lease)
            }
            let end = try await world.log(of: event.id).last?.at
            #expect(try await logs.complete(event.id, from: 0, to: Int64(Self.count)) == end)
            try await expectWhole(world, event.id, count: Self.count + 1)
        }
    }

    @Test("While a batch is written it waits, and the batch after it abuts")
    func besideBatch() async throws {
        try await with { world, logs, event in
            let ledgers = try await world.store.ledgers(of: [event.id])
            try await world.writeAsBefore(Self.count, to: event.id)
            try await world.withSession { session in
                let claim = LeaseClaim(owner: "a", duration: .seconds(60))
                let lease = try await session.claim(claim).orThrow().lease
                let stale = DecidedBatch(
                    [try TestEvents.book(event.id)], on: ledgers, at: try await world.now())
                async let packed = logs.completeAll()
                async let fate = Self.code(
                    of: stale, world.store, under: lease)
                #expect(try await packed == Int64(Self.count))
                #expect(await fate == .versionConflict)
            }
            let log = try await world.log(of: event.id)
            #expect(log.map(\.sequence) == (0..<2 * Self.count).map { Int64($0 + 1) })
        }
    }

    @Test("A booking that is missing is not passed over")
    func gap() async throws {
        try await with { world, logs, event in
            let lost = try await world.bookings(of: event.id)[7].key
            try await world.remove(lost, of: event.id)
            do throws(StoreError) {
                _ = try await logs.completeAll()
                Issue.record("a gap was packed")
            } catch { #expect(error.code == .corrupt) }
            #expect(try await world.log(of: event.id).isEmpty)
        }
    }

    private static func code(
        of batch: DecidedBatch, _ store: any BatchStore, under lease: Lease
    ) async -> StoreError.Code? {
        do throws(StoreError) {
            _ = try await store.commit(batch.effects, from: 1, under: lease)
        } catch { return error.code }
        return nil
    }
}

extension PostgresWorld {
    /// Books so many tickets as a program did that keeps no log.
    fileprivate func writeAsBefore(_ count: Int, to event: EventID) async throws {
        try await run(
            """
            INSERT INTO booking (key, event_id, user_id, ticket_types, quantities, status, sequence,
                created_at, decided_at, epoch)
            SELECT gen_random_uuid(), e.id, gen_random_uuid(), '{1}', '{1}', 'confirmed',
                e.sequence + n, clock_timestamp(), clock_timestamp(), 1
            FROM event e, generate_series(1, \(count)) n WHERE e.id = '\(event)' ORDER BY n;
            UPDATE ticket_type SET available = available - \(count), confirmed = confirmed + \(count)
            WHERE event_id = '\(event)';
            UPDATE event SET sequence = sequence + \(count), version = version + 1
            WHERE id = '\(event)';
            """)
    }
}
