import BookingDomain
import Testing

@Suite struct BatchTests {
    private func batch(_ capacities: [Int]) -> Batch {
        Batch([Fixture.event: EventLedger(Fixture.event(capacities: capacities))])
    }

    @Test("A batch says what it changes: the version it was decided on, the counts, the sequence")
    func changes() throws {
        var batch = batch([2, 5])
        for number in 1...4 {
            let isKnown = batch.apply(
                Fixture.book(number, [1: 1, 2: 1]), at: Fixture.now)
            #expect(isKnown)
        }
        let change = try #require(batch.effects.first)
        #expect(batch.effects.count == 1)
        #expect(change.decidedOn == 1)
        #expect(change.sequence == 4)
        #expect(change.stock.values.map(\.confirmed).sorted() == [2, 2])
        #expect(batch.made.count == 4)
    }

    @Test("Nothing is changed by a batch of commands that came before")
    func nothingNew() {
        var first = batch([2])
        _ = first.apply(Fixture.book(1), at: Fixture.now)
        var ledger = EventLedger(Fixture.event(capacities: [2]))
        first.made.forEach { ledger.recall($0) }
        var second = Batch([Fixture.event: ledger])
        _ = second.apply(Fixture.book(1), at: Fixture.now)
        #expect(second.effects.isEmpty)
        #expect(second.repeated.map(\.booking) == first.made.map(\.key))
        #expect(second.committedLedgers[Fixture.event]?.version == 1)
    }

    @Test("Committed ledgers are at the next version and remember no single command")
    func committed() throws {
        var first = batch([2])
        _ = first.apply(Fixture.book(1), at: Fixture.now)
        var ledger = try #require(first.committedLedgers[Fixture.event])
        #expect(ledger.version == 2)
        #expect(ledger.sequence == 1)
        // Forgotten: without being told of it, the ledger takes the command for a new one.
        let again = ledger.decide(Fixture.book(1), at: Fixture.now)
        #expect(again.sequence == 2)
    }

    @Test("A command of an event that is not in the batch is not applied")
    func unknownEvent() {
        var batch = batch([2])
        let other = EventID(shard: .number(1), now: Fixture.now, random: 1)
        let command = Command.undecodable(Fixture.key(1), of: other, by: nil)
        let isKnown = batch.apply(command, at: Fixture.now)
        #expect(!isKnown)
        #expect(batch.effects.isEmpty)
    }
}

@Suite struct BookingStatusTests {
    @Test("A status moves along its arrows and nowhere else")
    func transitions() {
        let arrows: [BookingStatus: Set<BookingStatus>] = [
            .pending: [.confirmed, .held, .waitlisted, .rejected, .failed],
            .waitlisted: [.held, .confirmed, .cancelled, .expired],
            .held: [.confirmed, .expired, .cancelled],
            .confirmed: [.cancelled], .expired: [.confirmed],
        ]
        for status in BookingStatus.allCases {
            let reachable = Set(BookingStatus.allCases.filter { status.canBecome($0) })
            #expect(reachable == arrows[status] ?? [], "\(status)")
        }
    }
}
