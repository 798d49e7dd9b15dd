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
                Fixture.book(number, [1: 1, 2: 1]), of: Fixture.event, at: Fixture.now)
            #expect(isKnown)
        }
        let change = try #require(batch.changes.first)
        #expect(batch.changes.count == 1)
        #expect(change.decidedOn == 1)
        #expect(change.sequence == 4)
        #expect(change.confirmed.values.sorted() == [2, 2])
        #expect(batch.decided.count == 4)
    }

    @Test("Nothing is changed by a batch of commands that came before")
    func nothingNew() {
        var first = batch([2])
        _ = first.apply(Fixture.book(1), of: Fixture.event, at: Fixture.now)
        var ledger = EventLedger(Fixture.event(capacities: [2]))
        first.decided.forEach { ledger.recall($0) }
        var second = Batch([Fixture.event: ledger])
        _ = second.apply(Fixture.book(1), of: Fixture.event, at: Fixture.now)
        #expect(second.changes.isEmpty)
        #expect(second.repeated == first.decided)
        #expect(second.committedLedgers[Fixture.event]?.version == 1)
    }

    @Test("Committed ledgers are at the next version and remember no single command")
    func committed() throws {
        var first = batch([2])
        _ = first.apply(Fixture.book(1), of: Fixture.event, at: Fixture.now)
        var ledger = try #require(first.committedLedgers[Fixture.event])
        #expect(ledger.version == 2)
        #expect(ledger.sequence == 1)
        // Forgotten: without being told of it, the ledger takes the command for a new one.
        let again = ledger.apply(Fixture.book(1), at: Fixture.now).booking
        #expect(again.sequence == 2)
    }

    @Test("A command of an event that is not in the batch is not applied")
    func unknownEvent() {
        var batch = batch([2])
        let other = EventID(shard: .number(1), now: Fixture.now, random: 1)
        let isKnown = batch.apply(Fixture.book(1), of: other, at: Fixture.now)
        #expect(!isKnown)
        #expect(batch.changes.isEmpty)
    }
}

@Suite struct BookingStatusTests {
    @Test("A status moves along its arrows and nowhere else")
    func transitions() {
        let arrows: [BookingStatus: Set<BookingStatus>] = [
            .pending: [.confirmed, .held, .waitlisted, .rejected, .failed],
            .waitlisted: [.held, .confirmed, .cancelled],
            .held: [.confirmed, .expired, .cancelled],
            .confirmed: [.cancelled],
        ]
        for status in BookingStatus.allCases {
            let reachable = Set(BookingStatus.allCases.filter { status.canBecome($0) })
            #expect(reachable == arrows[status] ?? [], "\(status)")
        }
    }
}
