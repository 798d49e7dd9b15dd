import BookingDomain
import Testing

/// What a tick expires.
@Suite struct ExpiryTests {
    /// A ledger in which bookings 1 to `count` are held, the first due 600 s from now, each next one
    /// `interval` seconds later.
    private func ledger(holding count: Int, interval: Int64 = 0) throws -> EventLedger {
        var ledger = EventLedger(Fixture.event(capacities: [10_000]))
        for number in 1...count {
            _ = try ledger.enter(
                Fixture.hold(number), at: Fixture.time(interval * Int64(number - 1)))
        }
        return ledger
    }

    private func numbers(_ entry: Entry, of count: Int) -> [Int] {
        let known = Dictionary(uniqueKeysWithValues: (1...count).map { (Fixture.key($0), $0) })
        guard case .expire(let bookings, _, _) = entry.body else { return [] }
        return bookings.compactMap { known[$0] }
    }

    @Test("A tick expires what is due to the microsecond, in the order in which it was due")
    func order() throws {
        var ledger = try ledger(holding: 4, interval: 10)
        _ = try ledger.enter(Fixture.change(.extend, 1), at: Fixture.time(30))
        _ = try ledger.enter(Fixture.hold(5), at: Fixture.time(40))
        // Due at 630, 610, 620, 630 and 640 s.
        guard case .applied(let entry) = ledger.tick(630, holding: 1...5, at: Fixture.time(630))
        else { throw BadFixture() }
        #expect(numbers(entry, of: 5) == [2, 3, 1, 4])
        #expect(entry.acceptedAt == nil)
        #expect(ledger.counts == [9_999, 1, 0])
        #expect(ledger.nextDue == Fixture.time(640))
    }

    @Test("The same tick twice, and one that is older, expire nothing more")
    func repeated() throws {
        var ledger = try ledger(holding: 2, interval: 10)
        #expect(ledger.tick(600, holding: 1...2, at: Fixture.time(700)) != .nothing)
        let after = ledger
        for seconds in [600, 599, 0, -1_000_000_000] as [Int64] {
            #expect(ledger.tick(seconds, holding: 1...2, at: Fixture.time(700)) == .nothing)
        }
        #expect(ledger.sequence == after.sequence)
        #expect(ledger.booking(Fixture.key(2))?.status == .held)
    }

    @Test("A tick of a clock that is ahead expires nothing before the batch's own time")
    func ahead() throws {
        var ledger = try ledger(holding: 1)
        #expect(ledger.tick(9_000, holding: [1], at: Fixture.time(599)) == .nothing)
        guard case .applied(let entry) = ledger.tick(9_000, holding: [1], at: Fixture.time(600))
        else { throw BadFixture() }
        #expect(
            entry.body == .expire([Fixture.key(1)], dueAt: Fixture.time(600), more: false))
    }

    @Test("A tick with the first or the last time there is does no harm")
    func extremes() throws {
        for time in [Int64.min, .max] {
            var ledger = try ledger(holding: 1)
            let tick = Command.tick(
                Fixture.event, at: Instant(microsecondsSinceEpoch: time))
            let booking = try #require(ledger.booking(Fixture.key(1)))
            ledger.recall(DueBookings([booking], isCut: false))
            #expect(ledger.apply(tick, at: Fixture.time(1)) == .nothing)
        }
    }

    @Test("What was extended, confirmed or cancelled since it was looked up does not expire")
    func changedMeanwhile() throws {
        var ledger = try ledger(holding: 4)
        let looked = (1...4).compactMap { ledger.booking(Fixture.key($0)) }
        for (number, verb) in [(1, .extend), (2, .confirm), (3, .cancel)]
            as [(Int, Command.Verb)]
        {
            _ = try ledger.enter(Fixture.change(verb, number), at: Fixture.time(599))
        }
        ledger.recall(DueBookings(looked, isCut: false))
        guard case .applied(let entry) = ledger.apply(Fixture.tick(600), at: Fixture.time(600))
        else { throw BadFixture() }
        #expect(numbers(entry, of: 4) == [4])
        #expect(ledger.nextDue == Fixture.time(1199))
    }

    @Test("Of more than 500 that are due an entry expires 500, and the next ones the rest")
    func many() throws {
        var ledger = try ledger(holding: 1200)
        guard case .applied(let first) = ledger.tick(600, holding: 1...1200, at: Fixture.time(601))
        else { throw BadFixture() }
        #expect(numbers(first, of: 1200) == Array(1...500))
        #expect(first.bytes.count <= Entry.bytesMax)
        #expect(ledger.expiringUntil == Fixture.time(600))
        #expect(ledger.counts == [9_300, 700, 0])
        var entries = [first]
        while ledger.expiringUntil != nil {
            let held = (1...1200).compactMap { ledger.booking(Fixture.key($0)) }
                .filter { $0.status == .held }
            ledger.recall(
                DueBookings(
                    Array(held.prefix(DueBookings.max)), isCut: held.count >= DueBookings.max))
            guard case .applied(let entry) = ledger.goOn(at: Fixture.time(602)) else { break }
            entries.append(entry)
        }
        #expect(entries.flatMap { numbers($0, of: 1200) } == Array(1...1200))
        let more = entries.map { entry -> Bool in
            guard case .expire(_, Fixture.time(600), let more) = entry.body else { return true }
            return more
        }
        #expect(more == [true, true, false])
        #expect(entries.map(\.sequence) == [1201, 1202, 1203])
        #expect(entries.map(\.at) == [601, 602, 602].map(Fixture.time))
        #expect(ledger.counts == [10_000, 0, 0])
        #expect(ledger.goOn(at: Fixture.time(603)) == .nothing)
    }

    @Test("An older tick does not end what is expiring still")
    func olderWhileExpiring() throws {
        var ledger = try ledger(holding: 600)
        _ = ledger.tick(600, holding: 1...600, at: Fixture.time(700))
        #expect(ledger.expiringUntil == Fixture.time(600))
        guard case .applied(let entry) = ledger.tick(10, holding: 1...600, at: Fixture.time(700))
        else { throw BadFixture() }
        #expect(numbers(entry, of: 600) == Array(501...600))
        #expect(ledger.expiringUntil == nil)
    }

    @Test("An event that is read again goes on with what was expiring")
    func readAgain() throws {
        let held = try #require(try ledger(holding: 1).booking(Fixture.key(1)))
        var event = Fixture.event(capacities: [5], expiringUntil: Fixture.time(600))
        event.ticketTypes[0].stock = try #require(
            Stock(capacity: 5, available: 4, held: 1, confirmed: 0))
        var ledger = EventLedger(event, lastAppliedAt: Fixture.time(700))
        #expect(ledger.expiringUntil == Fixture.time(600))
        ledger.recall(DueBookings([held], isCut: false))
        guard case .applied(let entry) = ledger.goOn(at: Fixture.time(650)) else {
            throw BadFixture()
        }
        #expect(ledger.counts == [5, 0, 0])
        #expect(entry.at == Fixture.time(700))
        #expect(
            entry.body == .expire([Fixture.key(1)], dueAt: Fixture.time(600), more: false))
    }

    @Test("With nothing left to expire, an event goes on with nothing")
    func nothingLeft() {
        var ledger = EventLedger(
            Fixture.event(capacities: [5], expiringUntil: Fixture.time(600)))
        ledger.recall(DueBookings([], isCut: false))
        #expect(ledger.goOn(at: Fixture.time(700)) == .nothing)
        #expect(ledger.expiringUntil == nil)
        #expect(ledger.sequence == 0)
    }

    @Test(
        "When not all that is held was looked up, the next is due no later than the last that was")
    func horizon() throws {
        var ledger = try ledger(holding: 2, interval: 10)
        let looked = (1...2).compactMap { ledger.booking(Fixture.key($0)) }
        ledger.recall(DueBookings(looked, isCut: true))
        for number in 1...2 {
            _ = try ledger.enter(Fixture.change(.confirm, number), at: Fixture.time(599))
        }
        #expect(ledger.apply(Fixture.tick(600), at: Fixture.time(600)) == .nothing)
        #expect(ledger.expiringUntil == nil)
        #expect(ledger.nextDue == Fixture.time(610))
    }
}
