import BookingDomain
import Testing

/// Commands of one booking that meet in one batch, and what the batch says of it.
@Suite struct BatchOfChangesTests {
    private func batch(_ capacity: Int = 3, maxPerUser: Int? = nil) -> Batch {
        let event = Fixture.event(capacities: [capacity], maxPerUser: maxPerUser)
        return Batch([Fixture.event: EventLedger(event)])
    }

    /// A batch that finds bookings 1 to `count` held, due 600 s from now.
    private func batch(holding count: Int, looksUp due: Bool = true) throws -> Batch {
        var opening = EventLedger(Fixture.event(capacities: [9]))
        for number in 1...count { _ = try opening.enter(Fixture.hold(number), at: Fixture.now) }
        let held = (1...count).compactMap { opening.booking(Fixture.key($0)) }
        var event = Fixture.event(capacities: [9])
        event.sequence = opening.sequence
        event.ticketTypes = Array(opening.ticketTypes.values)
        var ledger = EventLedger(event, lastAppliedAt: Fixture.now)
        for booking in held { ledger.recall(booking) }
        if due { ledger.recall(DueBookings(held, isCut: false)) }
        return Batch([Fixture.event: ledger])
    }

    private func apply(_ commands: [Command], to batch: inout Batch, at seconds: Int64) {
        for command in commands { _ = batch.apply(command, at: Fixture.time(seconds)) }
    }

    @Test(
        "A booking that is held, confirmed and cancelled in one batch is made once, as it is then")
    func heldConfirmedCancelled() throws {
        var batch = batch()
        apply(
            [
                Fixture.hold(1), Fixture.change(.confirm, 1), Fixture.change(.cancel, 1),
                Fixture.hold(1), Fixture.change(.confirm, 1), Fixture.change(.extend, 1),
            ], to: &batch, at: 0)
        let effect = try #require(batch.effects.first)
        #expect(effect.made.map(\.status) == [.cancelled])
        #expect(effect.made.map(\.sequence) == [1])
        #expect(effect.made.map(\.asOfSequence) == [3])
        #expect(effect.changed == [])
        #expect(effect.changes.map(\.refusal) == [nil, nil, .notExtendable])
        #expect(effect.changes.map(\.sequence) == [2, 3, 4])
        #expect(effect.entries.map(\.sequence) == [1, 2, 3, 4])
        #expect(effect.stock.isEmpty)
        #expect(effect.sequence == 4)
        #expect(batch.repeated.map(\.kind) == [.hold, .confirm])
    }

    @Test(
        "A confirmation before the tick counts; one behind it confirms late, as the tickets are there"
    )
    func aroundATick() throws {
        var batch = try batch(holding: 2)
        apply(
            [
                Fixture.change(.confirm, 1), Fixture.tick(600), Fixture.change(.confirm, 2),
                Fixture.tick(600),
            ], to: &batch, at: 600)
        let effect = try #require(batch.effects.first)
        #expect(effect.changed.map(\.key) == [1, 2].map(Fixture.key))
        #expect(effect.changed.map(\.status) == [.confirmed, .confirmed])
        #expect(effect.changed.map(\.asOfSequence) == [3, 5])
        #expect(effect.made == [])
        #expect(effect.expiredUntil == Fixture.time(600))
        #expect(effect.stock.values.map { [$0.available, $0.held, $0.confirmed] } == [[0, -2, 2]])
        #expect(
            effect.entries.map(\.body) == [
                .change(.confirm, of: Fixture.key(1), .applied(nil)),
                .expire([Fixture.key(2)], dueAt: Fixture.time(600), more: false),
                .change(.confirm, of: Fixture.key(2), .applied(nil)),
            ])
    }

    @Test("An extension before the tick keeps the hold; what took the tickets behind it keeps them")
    func extendedAndResold() throws {
        var batch = try batch(holding: 2)
        apply(
            [
                Fixture.change(.extend, 1), Fixture.tick(600), Fixture.book(3, [1: 8]),
                Fixture.change(.confirm, 2),
            ], to: &batch, at: 600)
        let effect = try #require(batch.effects.first)
        #expect(effect.changed.map(\.status) == [.held, .expired])
        #expect(effect.changed.map(\.hold?.expiresAt) == [Fixture.time(1200), nil])
        #expect(effect.made.map(\.status) == [.confirmed])
        #expect(effect.changes.map(\.refusal) == [nil, .holdExpired])
        #expect(
            effect.stock.values.map { [$0.available, $0.held, $0.confirmed] } == [[-7, -1, 8]])
        #expect(batch.deadlines == [Fixture.event: .exactly(Fixture.time(1200))])
    }

    @Test("A refused change is remembered, and its booking is not written")
    func refused() throws {
        var batch = try batch(holding: 1)
        apply([Fixture.change(.undecodable, 1), Fixture.change(.cancel, 7)], to: &batch, at: 1)
        let effect = try #require(batch.effects.first)
        #expect(effect.changed == [])
        #expect(effect.stock.isEmpty)
        #expect(effect.changes.map(\.refusal) == [.undecodable, .noBooking])
        #expect(effect.changes.map(\.booking) == [1, 7].map(Fixture.key))
        #expect(effect.expiredUntil == nil)
    }

    @Test("A tick that expires nothing changes nothing")
    func idleTick() throws {
        var batch = try batch(holding: 1)
        apply([Fixture.tick(599)], to: &batch, at: 599)
        #expect(batch.effects.isEmpty)
        #expect(batch.repeated.isEmpty)
        #expect(batch.deadlines == [Fixture.event: .exactly(Fixture.time(600))])
        #expect(batch.committedLedgers[Fixture.event]?.version == 1)
    }

    @Test("What a buyer got and gave back within one batch is no grant")
    func granted() throws {
        var batch = batch(maxPerUser: 2)
        apply(
            [
                Fixture.hold(1, user: 1, [1: 2]), Fixture.hold(2, user: 1),
                Fixture.change(.cancel, 1, user: 1), Fixture.book(3, user: 2),
            ], to: &batch, at: 0)
        let effect = try #require(batch.effects.first)
        let type = try #require(TicketTypeNumber(1))
        #expect(effect.limitsUsers)
        #expect(effect.granted == [Allowance(user: Fixture.user(2), ticketType: type): 1])
        #expect(effect.made.map(\.reason) == [nil, .limitExceeded, nil])
    }

    @Test("A batch that looked nothing up knows of the first of its own holds, and of no other")
    func deadlineOfItsOwn() throws {
        var batch = try batch(holding: 1, looksUp: false)
        #expect(batch.deadlines == [:])
        apply([Fixture.hold(2)], to: &batch, at: 100)
        apply([Fixture.hold(3), Fixture.book(4)], to: &batch, at: 50)
        #expect(batch.deadlines == [Fixture.event: .atLatest(Fixture.time(700))])
        apply([Fixture.change(.pay, 1)], to: &batch, at: 590)
        #expect(batch.deadlines == [Fixture.event: .atLatest(Fixture.time(700))])
    }

    @Test("A batch that looked up what is held knows when the next is due, or that none is")
    func exactDeadline() throws {
        var batch = try batch(holding: 1)
        apply([Fixture.tick(600)], to: &batch, at: 600)
        #expect(batch.deadlines == [Fixture.event: .exactly(nil)])
        apply([Fixture.hold(2)], to: &batch, at: 600)
        #expect(batch.deadlines == [Fixture.event: .exactly(Fixture.time(1200))])
    }

    @Test("What did not fit into a tick's entry goes on in the next batch, under the next version")
    func goesOn() throws {
        var opening = EventLedger(Fixture.event(capacities: [600]))
        for number in 1...600 { _ = try opening.enter(Fixture.hold(number), at: Fixture.now) }
        let held = (1...600).compactMap { opening.booking(Fixture.key($0)) }
        opening.recall(DueBookings(Array(held.prefix(DueBookings.max)), isCut: true))
        var first = Batch([Fixture.event: opening])
        apply([Fixture.tick(600)], to: &first, at: 600)
        let effect = try #require(first.effects.first)
        #expect(effect.changed.count == Entry.bookingsMax)
        #expect(effect.expiringUntil == Fixture.time(600))
        #expect(first.deadlines == [Fixture.event: .exactly(Fixture.time(600))])
        var ledger = try #require(first.committedLedgers[Fixture.event])
        #expect(ledger.version == 2)
        ledger.recall(DueBookings(Array(held.suffix(100)), isCut: false))
        var second = Batch([Fixture.event: ledger])
        second.goOn(Fixture.event, at: Fixture.time(601))
        let rest = try #require(second.effects.first)
        #expect(rest.changed.map(\.key) == (501...600).map(Fixture.key))
        #expect(rest.decidedOn == 2)
        #expect(rest.expiringUntil == nil)
        #expect(rest.expiredUntil == Fixture.time(600))
        #expect(second.committedLedgers[Fixture.event]?.counts == [600, 0, 0])
    }
}
