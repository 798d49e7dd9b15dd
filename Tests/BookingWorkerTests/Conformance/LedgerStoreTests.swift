import BookingDomain
import BookingStore
import BookingTestSupport
import Testing

@testable import BookingWorker

/// What the worker relies on in a shard's database; the twin in memory and PostgreSQL are held to it alike.
@Suite("A shard's database", .timeLimit(.minutes(2)))
struct LedgerStoreTests {
    private static let long = Duration.seconds(5)
    private static let short = Duration.milliseconds(200)

    /// Runs `body` with a shard that has one event, and its lease.
    private func with(
        _ kind: StoreKind, _ event: Event,
        _ body: (any StoreWorld, Lease) async throws -> Void
    ) async throws {
        try await kind.with(event) { world in
            try await world.withSession { session in
                let claim = LeaseClaim(owner: "a", duration: .seconds(60))
                try await body(world, try await session.claim(claim).orThrow().lease)
            }
        }
    }

    private func decide(
        _ commands: [Command], of event: EventID, _ store: any BatchStore,
        isRecalling: Bool = true
    ) async throws -> DecidedBatch {
        var ledgers = try await store.ledgers(of: [event])
        if isRecalling {
            try await store.recallBookings(commands, in: &ledgers, within: Self.long)
        }
        try await store.recallTaken(commands, in: &ledgers, within: Self.long)
        return DecidedBatch(commands[...], on: ledgers, at: TestEvents.now)
    }

    private func code(of body: () async throws(StoreError) -> Void) async -> StoreError.Code? {
        do throws(StoreError) { try await body() } catch { return error.code }
        return nil
    }

    @Test(
        "A batch is written whole, with its number, and the next ledger goes on from it",
        arguments: StoreKind.allCases)
    func whole(_ kind: StoreKind) async throws {
        let event = try TestEvents.event(capacities: [30, 3])
        try await with(kind, event) { world, lease in
            let commands = try (0..<20).map { number in
                try TestEvents.book(event.id, items: number < 10 ? [1: 1] : [1: 1, 2: 1])
            }
            let batch = try await decide(commands, of: event.id, world.store)
            #expect(try await world.store.commit(batch.effects, from: 2, under: lease) == 1)
            #expect(try await world.bookings(of: event.id) == batch.batch.made)
            #expect(batch.batch.made.map(\.sequence) == (1...20).map { Int64($0) })
            let ledger = try await world.store.ledgers(of: [event.id])[event.id].orThrow()
            #expect(ledger.version == 2)
            #expect(ledger.sequence == 20)
            #expect(ledger.ticketTypes == batch.batch.committedLedgers[event.id]?.ticketTypes)
            #expect(try await world.event(event.id)?.ticketTypes.map(\.stock.available) == [17, 0])
            // Time does not go back in the line, whoever reads the ledger next.
            var next = ledger
            let early = Instant(microsecondsSinceEpoch: 0)
            let later = next.apply(try TestEvents.book(event.id), at: early)
            guard case .applied(let entry) = later else { throw BadTestData() }
            #expect(entry.at == TestEvents.now)
            let more = try await decide(
                [try TestEvents.book(event.id)], of: event.id, world.store)
            #expect(try await world.store.commit(more.effects, from: 1, under: lease) == 2)
        }
    }

    @Test("Under a lease that is lost nothing is written", arguments: StoreKind.allCases)
    func fenced(_ kind: StoreKind) async throws {
        let event = try TestEvents.event()
        try await with(kind, event) { world, old in
            let store = world.store
            let command = try TestEvents.book(event.id)
            let batch = try await decide([command], of: event.id, store)
            let letter = StoredLetter(event: event.id, problem: "no", type: nil, body: [1])
            let suspect = MessageDigest(of: [1], in: event.id)
            let process = ProcessIdentity(random: 1)
            try await store.fence(under: old)
            try await world.expireLease()
            try await world.withSession { session in
                let claim = LeaseClaim(owner: "b", duration: .seconds(60))
                let new = try await session.claim(claim).orThrow().lease
                #expect(new.epoch == old.epoch + 1)
                let codes = [
                    await code { () async throws(StoreError) in
                        _ = try await store.commit(batch.effects, from: 1, under: old)
                    },
                    await code { () async throws(StoreError) in
                        try await store.fence(under: old)
                    },
                    await code { () async throws(StoreError) in
                        try await store.bury(letter, under: old)
                    },
                    await code { () async throws(StoreError) in
                        _ = try await store.trySuspect(suspect, in: process, under: old)
                    },
                ]
                #expect(codes == [.fenced, .fenced, .fenced, .fenced])
                #expect(try await world.bookings(of: event.id) == [])
                #expect(try await world.letters() == [])
                let other = ProcessIdentity(random: 2)
                #expect(try await store.trySuspect(suspect, in: other, under: new) == 1)
                _ = try await store.commit(batch.effects, from: 1, under: new)
                #expect(try await world.bookings(of: event.id) == batch.batch.made)
            }
        }
    }

    @Test(
        "A batch decided on an old version is a conflict, and nothing of it is written",
        arguments: StoreKind.allCases)
    func versionConflict(_ kind: StoreKind) async throws {
        let event = try TestEvents.event()
        try await with(kind, event) { world, lease in
            let stale = try await decide(
                [try TestEvents.book(event.id)], of: event.id, world.store)
            let fresh = try await decide(
                [try TestEvents.book(event.id)], of: event.id, world.store)
            _ = try await world.store.commit(fresh.effects, from: 1, under: lease)
            let code = await code { () async throws(StoreError) in
                _ = try await world.store.commit(stale.effects, from: 1, under: lease)
            }
            #expect(code == .versionConflict)
            #expect(try await world.bookings(of: event.id) == fresh.batch.made)
        }
    }

    @Test(
        "A command decided before is refused as that, unless it was recalled: then it is known",
        arguments: StoreKind.allCases)
    func decidedBefore(_ kind: StoreKind) async throws {
        let event = try TestEvents.event(capacities: [5])
        try await with(kind, event) { world, lease in
            let store = world.store
            let (command, other) = (try TestEvents.book(event.id), try TestEvents.book(event.id))
            let first = try await decide([command], of: event.id, store)
            _ = try await store.commit(first.effects, from: 1, under: lease)
            let blind = try await decide(
                [other, command], of: event.id, store, isRecalling: false)
            let code = await code { () async throws(StoreError) in
                _ = try await store.commit(blind.effects, from: 1, under: lease)
            }
            #expect(code == .decidedBefore)
            #expect(try await world.bookings(of: event.id) == first.batch.made)
            let recalled = try await decide([command, other, command], of: event.id, store)
            #expect(recalled.batch.repeatedBookings == first.batch.made + first.batch.made)
            _ = try await store.commit(recalled.effects, from: 1, under: lease)
            #expect(
                try await world.bookings(of: event.id) == first.batch.made + recalled.batch.made)
        }
    }

    @Test(
        "What the data is to blame for is refused whole, and its neighbours are not without it",
        arguments: StoreKind.allCases)
    func refused(_ kind: StoreKind) async throws {
        let event = try TestEvents.event(capacities: [5])
        try await with(kind, event) { world, lease in
            let unwanted = TestEvents.user()
            try await world.refuse(unwanted)
            let (good, bad) = (
                try TestEvents.book(event.id), try TestEvents.book(event.id, user: unwanted)
            )
            let both = try await decide([good, bad], of: event.id, world.store)
            let code = await code { () async throws(StoreError) in
                _ = try await world.store.commit(both.effects, from: 1, under: lease)
            }
            #expect(code == .refused)
            #expect(try await world.bookings(of: event.id) == [])
            #expect(try await world.event(event.id)?.ticketTypes[0].stock.available == 5)
            let rest = try await decide([good], of: event.id, world.store)
            #expect(try await world.store.commit(rest.effects, from: 1, under: lease) == 1)
        }
    }

    @Test(
        "What a buyer has counts towards the limit of the next booking",
        arguments: StoreKind.allCases)
    func limits(_ kind: StoreKind) async throws {
        let event = try TestEvents.event(capacities: [50, 50], limits: [1: 3])
        try await with(kind, event) { world, lease in
            let user = TestEvents.user()
            let first = try TestEvents.book(event.id, user: user, items: [1: 2, 2: 9])
            _ = try await world.store.commit(
                try await decide([first], of: event.id, world.store).effects, from: 1, under: lease)
            let next = [
                try TestEvents.book(event.id, user: user, items: [1: 2]),
                try TestEvents.book(event.id, user: user, items: [2: 9]),
                try TestEvents.book(event.id, user: user, items: [1: 1]),
            ]
            let batch = try await decide(next, of: event.id, world.store)
            #expect(batch.batch.made.map(\.reason) == [.limitExceeded, nil, nil])
        }
    }

    @Test(
        "A look-up that is too slow is told from a database that is slow",
        arguments: StoreKind.allCases)
    func tooSlow(_ kind: StoreKind) async throws {
        let event = try TestEvents.event(capacities: [50], limits: [1: 3])
        try await with(kind, event) { world, _ in
            let slow = TestEvents.user()
            try await world.slowDown(Buyer(user: slow, event: event.id))
            for (user, expected) in [(slow, StoreError.Code.tooSlow), (TestEvents.user(), nil)] {
                var ledgers = try await world.store.ledgers(of: [event.id])
                let command = try TestEvents.book(event.id, user: user)
                var found: StoreError.Code?
                do throws(StoreError) {
                    try await world.store.recallTaken([command], in: &ledgers, within: Self.short)
                } catch { found = error.code }
                #expect(found == expected)
            }
            try await world.store.lookUpNothing(within: Self.short)
        }
    }

    @Test(
        "When the answer to a commit is lost, nobody knows whether the batch is there",
        arguments: StoreKind.allCases, [true, false])
    func unknownFate(_ kind: StoreKind, isWritten: Bool) async throws {
        let event = try TestEvents.event(capacities: [500])
        try await with(kind, event) { world, lease in
            let commands = try (0..<200).map { _ in try TestEvents.book(event.id) }
            try await world.withStoreCut(isWritten: isWritten) { store, cut in
                let batch = try await decide(commands, of: event.id, store)
                cut()
                let code = await code { () async throws(StoreError) in
                    _ = try await store.commit(batch.effects, from: 1, under: lease)
                }
                #expect(code == .unknownOutcome)
            }
            // What is decided next tells.
            let again = try await decide(commands, of: event.id, world.store)
            #expect(again.batch.made.count == (isWritten ? 0 : 200))
            #expect(again.batch.repeated.count == (isWritten ? 200 : 0))
            #expect(try await world.bookings(of: event.id) == again.batch.repeatedBookings)
        }
    }

    @Test("Letters are told apart by what they say", arguments: StoreKind.allCases)
    func letters(_ kind: StoreKind) async throws {
        let event = try TestEvents.event()
        try await with(kind, event) { world, lease in
            for (problem, body) in [("a", 1), ("a", 1), ("b", 1), ("a", 2)] as [(String, UInt8)] {
                let letter = StoredLetter(
                    event: event.id, problem: problem, type: "t", body: [body])
                try await world.store.bury(letter, under: lease)
            }
            let letters = try await world.letters()
            #expect(letters.map(\.problem).sorted() == ["a", "a", "b"])
            #expect(letters.allSatisfy { $0.event == event.id && $0.type == "t" })
        }
    }

    @Test(
        "Processes are counted that began to try a message, and not those that survived it",
        arguments: StoreKind.allCases)
    func trials(_ kind: StoreKind) async throws {
        let event = try TestEvents.event()
        try await with(kind, event) { world, lease in
            let store = world.store
            let message = MessageDigest(of: [1, 2, 3], in: event.id)
            let processes = (1...4).map { ProcessIdentity(random: $0) }
            #expect(try await store.trySuspect(message, in: processes[0], under: lease) == 1)
            #expect(try await store.trySuspect(message, in: processes[0], under: lease) == 1)
            #expect(try await store.trySuspect(message, in: processes[1], under: lease) == 2)
            let other = MessageDigest(of: [1, 2, 4], in: event.id)
            #expect(try await store.trySuspect(other, in: processes[1], under: lease) == 1)
            try await store.forgetTrials(of: [message], in: processes[0])
            #expect(try await store.trySuspect(message, in: processes[2], under: lease) == 2)
            try await store.clearSuspect(message)
            #expect(try await store.trySuspect(message, in: processes[3], under: lease) == 1)
            #expect(try await store.trySuspect(other, in: processes[3], under: lease) == 2)
        }
    }
}
