import BookingDomain
import BookingStore
import BookingTestSupport
import Testing

@testable import BookingWorker

/// What the worker relies on in a shard's database for holds and changes; the twin in memory and PostgreSQL are
/// held to it alike.
@Suite("Holds and changes in a shard's database", .timeLimit(.minutes(2)))
struct ChangeStoreTests {
    private static let long = Duration.seconds(5)

    /// A shard with one event, decided on and written by the owner of its lease.
    private struct Owner {
        let world: any StoreWorld
        let lease: Lease
        let event: EventID
        /// A time by the database's clock.
        let now: Instant

        func decide(_ commands: [Command], at time: Instant? = nil) async throws -> DecidedBatch {
            var ledgers = try await world.store.ledgers(of: [event])
            try await world.store.recallBookings(
                commands, in: &ledgers, within: ChangeStoreTests.long)
            try await world.store.recallChanges(
                commands, in: &ledgers, within: ChangeStoreTests.long)
            try await world.store.recallTaken(
                commands, in: &ledgers, within: ChangeStoreTests.long)
            return DecidedBatch(commands[...], on: ledgers, at: time ?? now)
        }

        @discardableResult
        func apply(_ commands: [Command], at time: Instant? = nil) async throws -> DecidedBatch {
            let batch = try await decide(commands, at: time)
            _ = try await world.store.commit(batch.effects, from: 1, under: lease)
            return batch
        }

        /// Expires more of what is due.
        @discardableResult
        func goOn() async throws -> DecidedBatch {
            var ledgers = try await world.store.ledgers(of: [event])
            try await world.store.recallDue(
                [event], in: &ledgers, within: ChangeStoreTests.long)
            let batch = DecidedBatch(goingOn: ledgers, at: now)
            _ = try await world.store.commit(batch.effects, from: 1, under: lease)
            return batch
        }

        func failure(of batch: DecidedBatch) async -> StoreError.Code? {
            do throws(StoreError) {
                _ = try await world.store.commit(batch.effects, from: 1, under: lease)
            } catch { return error.code }
            return nil
        }

        /// The event's bookings as they stand, by the keys of their commands.
        func statuses(of commands: [Command]) async throws -> [BookingStatus?] {
            let bookings = try await world.bookings(of: event)
            return commands.map { command in
                bookings.first { $0.key == command.key }?.status
            }
        }

        func stock() async throws -> Stock? {
            try await world.event(event)?.ticketTypes[0].stock
        }

        func hold(_ count: Int = 1, user: UserID? = nil) throws -> [Command] {
            try (0..<count).map { _ in
                try TestEvents.book(event, user: user, holding: true)
            }
        }

        /// So long before now that what was held then is due.
        var longAgo: Instant { now.advanced(by: .seconds(-EventTerms.holdSecondsDefault - 60)) }
    }

    private func with(
        _ kind: StoreKind, _ event: Event? = nil, _ body: (Owner) async throws -> Void
    ) async throws {
        let event = try event ?? TestEvents.event(capacities: [1000])
        try await kind.with(event) { world in
            try await world.withSession { session in
                let claim = LeaseClaim(owner: "a", duration: .seconds(60))
                let claimed = try await session.claim(claim).orThrow()
                try await body(
                    Owner(
                        world: world, lease: claimed.lease, event: event.id,
                        now: try await world.now()))
            }
        }
    }

    @Test(
        "What is held, extended, paid for, confirmed and cancelled stands as it was decided",
        arguments: StoreKind.allCases)
    func changed(_ kind: StoreKind) async throws {
        try await with(kind) { owner in
            let holds = try owner.hold(5)
            var known: [BookingKey: Booking] = [:]
            var entries: [Entry] = []
            var changes: [Change] = []
            let later = owner.now.advanced(by: .microseconds(7))
            for (commands, time) in [
                (holds, owner.now),
                (
                    [
                        TestEvents.change(.confirm, of: holds[0]),
                        TestEvents.change(.pay, of: holds[1]),
                        TestEvents.change(.extend, of: holds[2]),
                        TestEvents.change(.cancel, of: holds[3]),
                        TestEvents.change(.pay, of: holds[0]),
                        TestEvents.change(.undecodable, of: holds[0]),
                        TestEvents.change(.cancel, of: try TestEvents.book(owner.event)),
                    ], later
                ),
                ([TestEvents.change(.cancel, of: holds[0])], later),
            ] {
                let batch = try await owner.apply(commands, at: time)
                for effect in batch.effects {
                    for booking in effect.made + effect.changed { known[booking.key] = booking }
                    entries += effect.entries
                    changes += effect.changes
                }
                let rows = try await owner.world.bookings(of: owner.event)
                #expect(Set(rows) == Set(known.values))
                #expect(
                    try await owner.world.event(owner.event)?.ticketTypes
                        == batch.batch.committedLedgers[owner.event]?.ticketTypes.values.map(\.self)
                )
            }
            #expect(
                try await owner.statuses(of: holds)
                    == [.cancelled, .held, .held, .cancelled, .held])
            #expect(
                changes.map(\.refusal)
                    == [nil, nil, nil, nil, .notConfirmable, .undecodable, .noBooking, nil])
            #expect(try await owner.world.changes(of: owner.event) == Set(changes))
            #expect(try await owner.world.log(of: owner.event) == entries)
            let stock = Stock(capacity: 1000, available: 997, held: 3, confirmed: 0)
            #expect(try await owner.stock() == stock)
        }
    }

    @Test(
        "What a command that changes a booking came to is recalled, and it has no second effect",
        arguments: StoreKind.allCases)
    func recalled(_ kind: StoreKind) async throws {
        try await with(kind) { owner in
            let holds = try owner.hold(1)
            try await owner.apply(holds)
            let cancel = TestEvents.change(.cancel, of: holds[0])
            let first = try await owner.apply([cancel])
            let again = try await owner.decide([cancel, cancel])
            #expect(again.effects.isEmpty)
            #expect(again.batch.repeated == [cancel, cancel])
            let ledger = again.batch.ledgers[owner.event]
            #expect(ledger?.change(cancel.id) == first.effects.first?.changes.first)
            #expect(ledger?.booking(holds[0].key)?.status == .cancelled)
        }
    }

    @Test(
        "A change that was applied before and is not recalled is refused as that",
        arguments: StoreKind.allCases)
    func decidedBefore(_ kind: StoreKind) async throws {
        try await with(kind) { owner in
            let holds = try owner.hold(2)
            try await owner.apply(holds)
            let extend = TestEvents.change(.extend, of: holds[0])
            let later = owner.now.advanced(by: .seconds(1))
            try await owner.apply([extend], at: later)
            let log = try await owner.world.log(of: owner.event)
            var ledgers = try await owner.world.store.ledgers(of: [owner.event])
            try await owner.world.store.recallBookings(holds, in: &ledgers, within: Self.long)
            let blind = DecidedBatch([extend], on: ledgers, at: later.advanced(by: .seconds(1)))
            #expect(blind.effects.count == 1)
            #expect(await owner.failure(of: blind) == .decidedBefore)
            #expect(try await owner.world.log(of: owner.event) == log)
        }
    }

    @Test(
        "A booking of another event is not there for a command, whatever its key says",
        arguments: StoreKind.allCases)
    func otherEvent(_ kind: StoreKind) async throws {
        try await with(kind) { owner in
            let other = try TestEvents.event(capacities: [10])
            try await owner.world.create(other)
            let holds = try owner.hold(1)
            try await owner.apply(holds)
            let stray = Command(
                id: CommandID(bits: 77), event: other.id, actor: holds[0].actor,
                acceptedAt: owner.now, body: .change(.cancel, of: holds[0].key))
            var ledgers = try await owner.world.store.ledgers(of: [other.id])
            try await owner.world.store.recallChanges(
                [stray], in: &ledgers, within: Self.long)
            let batch = DecidedBatch([stray], on: ledgers, at: owner.now)
            #expect(batch.effects.first?.changes.map(\.refusal) == [.noBooking])
        }
    }

    @Test(
        "Of more that are due than one entry holds the rest is remembered, and expires next",
        arguments: StoreKind.allCases)
    func dueInParts(_ kind: StoreKind) async throws {
        try await with(kind) { owner in
            let (due, late) = (try owner.hold(505), try owner.hold(3))
            try await owner.apply(due, at: owner.longAgo)
            let dueAt = owner.longAgo.advanced(by: .seconds(EventTerms.holdSecondsDefault))
            #expect(try await owner.world.store.deadlines() == [owner.event: dueAt])
            try await owner.apply(late)
            let tick = Command.tick(owner.event, at: dueAt)
            let first = try await owner.apply([tick])
            #expect(first.effects.first?.changed.count == 500)
            #expect(first.effects.first?.expiringUntil == dueAt)
            #expect(first.batch.deadlines == [owner.event: .exactly(dueAt)])
            #expect(try await owner.world.store.deadlines() == [owner.event: dueAt])
            let ledger = try await owner.world.store.ledgers(of: [owner.event])[owner.event]
            #expect(ledger?.expiringUntil == dueAt)
            let second = try await owner.goOn()
            #expect(second.effects.first?.changed.count == 5)
            let nextDue = owner.now.advanced(by: .seconds(EventTerms.holdSecondsDefault))
            #expect(second.batch.deadlines == [owner.event: .exactly(nextDue)])
            #expect(try await owner.world.store.deadlines() == [owner.event: nextDue])
            #expect(Set(try await owner.statuses(of: due)) == [.expired])
            #expect(Set(try await owner.statuses(of: late)) == [.held])
            let stock = Stock(capacity: 1000, available: 997, held: 3, confirmed: 0)
            #expect(try await owner.stock() == stock)
            // In the order in which they were due, and of their sequences.
            let expired = (first.effects + second.effects).flatMap(\.changed).map(\.sequence)
            #expect(expired == (1...505).map { Int64($0) })
        }
    }

    @Test(
        "When all that was looked up was confirmed since, what is behind it is not forgotten",
        arguments: StoreKind.allCases)
    func dueBehind(_ kind: StoreKind) async throws {
        try await with(kind) { owner in
            let holds = try owner.hold(DueBookings.max + 1)
            try await owner.apply(holds)
            let dueAt = owner.now.advanced(by: .seconds(EventTerms.holdSecondsDefault))
            let confirms = holds.dropLast().map { TestEvents.change(.confirm, of: $0) }
            let batch = try await owner.apply(confirms + [.tick(owner.event, at: owner.now)])
            #expect(batch.batch.deadlines == [owner.event: .exactly(dueAt)])
            #expect(try await owner.world.store.deadlines() == [owner.event: dueAt])
        }
    }

    @Test(
        "Nothing expires before the database's clock says so, whatever the owner's says",
        arguments: StoreKind.allCases)
    func notDue(_ kind: StoreKind) async throws {
        try await with(kind) { owner in
            let holds = try owner.hold(2)
            try await owner.apply(holds)
            let ahead = owner.now.advanced(by: .seconds(2 * EventTerms.holdSecondsDefault))
            let early = try await owner.decide([.tick(owner.event, at: ahead)], at: ahead)
            #expect(early.effects.first?.changed.count == 2)
            #expect(await owner.failure(of: early) == .notDue)
            #expect(try await owner.statuses(of: holds) == [.held, .held])
            #expect(try await owner.world.log(of: owner.event).count == 2)
            // By its own clock, a tick from far ahead finds nothing due.
            let now = try await owner.decide([.tick(owner.event, at: ahead)])
            #expect(now.effects.isEmpty)
        }
    }

    @Test(
        "What is cancelled or expires is given back to the limits of its buyer",
        arguments: StoreKind.allCases)
    func tallies(_ kind: StoreKind) async throws {
        let event = try TestEvents.event(capacities: [1000], limits: [1: 2])
        try await with(kind, event) { owner in
            let user = TestEvents.user()
            let first = try owner.hold(2, user: user)
            try await owner.apply(first, at: owner.longAgo)
            let third = try owner.hold(1, user: user)
            let refused = try await owner.decide(third, at: owner.longAgo)
            #expect(refused.batch.made.map(\.reason) == [.limitExceeded])
            try await owner.apply(
                [TestEvents.change(.cancel, of: first[0])], at: owner.longAgo)
            try await owner.apply([.tick(owner.event, at: owner.now)])
            #expect(try await owner.statuses(of: first) == [.cancelled, .expired])
            let three = try owner.hold(3, user: user)
            let batch = try await owner.apply(three)
            #expect(batch.batch.made.map(\.reason) == [nil, nil, .limitExceeded])
            // A late confirmation is a sale like any other, and limited as any other.
            let late = TestEvents.change(.confirm, of: first[1])
            let refusal = try await owner.decide([late])
            #expect(refusal.effects.first?.changes.map(\.refusal) == [.holdExpired])
        }
    }

    @Test(
        "A batch that changes a booking which is not there is a conflict, and nothing of it is written",
        arguments: StoreKind.allCases)
    func gone(_ kind: StoreKind) async throws {
        try await with(kind) { owner in
            let holds = try owner.hold(2)
            try await owner.apply(holds)
            let batch = try await owner.decide(holds.map { TestEvents.change(.confirm, of: $0) })
            try await owner.world.remove(holds[1].key, of: owner.event)
            #expect(await owner.failure(of: batch) == .versionConflict)
            #expect(try await owner.statuses(of: [holds[0]]) == [.held])
        }
    }
}
