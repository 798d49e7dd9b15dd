import BookingDomain
import Testing

/// How long a hold lasts, what it takes, and what is given back.
@Suite struct HoldTests {
    @Test("A hold takes its tickets for as long as the event's terms say")
    func hold() throws {
        let terms = Fixture.terms(hold: 90, grace: 30)
        var ledger = EventLedger(Fixture.event(capacities: [3], terms: terms))
        let entry = try ledger.enter(Fixture.hold(1, [1: 2]), at: Fixture.now)
        let hold = Hold(
            expiresAt: Fixture.time(90), extendableUntil: Fixture.time(270), isPaying: false)
        #expect(entry.body == .book(.of([1: 2]), holding: true, .held(hold)))
        #expect(entry.hold == hold)
        let booking = try #require(ledger.booking(Fixture.key(1)))
        #expect(booking.status == .held)
        #expect(booking.hold == hold)
        #expect(booking.flags == .hold)
        #expect(booking.counts)
        #expect(ledger.counts == [1, 2, 0])
    }

    @Test("A hold for which there is not enough left is rejected, and asks for nothing again")
    func soldOut() throws {
        var ledger = EventLedger(Fixture.event(capacities: [3]))
        _ = try ledger.enter(Fixture.hold(1, [1: 2]), at: Fixture.now)
        let booking = ledger.decide(Fixture.hold(2, [1: 2]), at: Fixture.now)
        #expect(booking.status == .rejected)
        #expect(booking.reason == .soldOut)
        #expect(booking.hold == nil)
        #expect(booking.flags == .hold)
        #expect(ledger.counts == [1, 2, 0])
    }

    @Test("Extensions make a hold last three times its time, and not a microsecond longer")
    func extensions() throws {
        var ledger = EventLedger(Fixture.event(capacities: [3]))
        _ = try ledger.enter(Fixture.hold(1), at: Fixture.now)
        for (seconds, until) in [(100, 700), (600, 1200), (1100, 1700), (1150, 1750), (1201, 1800)]
            as [(Int64, Int64)]
        {
            let command = Fixture.change(.extend, 1, request: Int(seconds))
            let entry = try ledger.enter(command, at: Fixture.time(seconds))
            #expect(entry.hold?.expiresAt == Fixture.time(until))
            #expect(entry.hold?.extendableUntil == Fixture.time(1800))
        }
        for seconds in [1202, 1799, 1800, 1900] as [Int64] {
            let command = Fixture.change(.extend, 1, request: Int(seconds))
            _ = try ledger.enter(command, at: Fixture.time(seconds))
            #expect(ledger.change(command.id)?.refusal == .notExtendable)
        }
        #expect(ledger.booking(Fixture.key(1))?.hold?.expiresAt == Fixture.time(1800))
    }

    @Test("An extension that would gain nothing is refused")
    func nothingGained() throws {
        var ledger = EventLedger(Fixture.event(capacities: [3]))
        _ = try ledger.enter(Fixture.hold(1), at: Fixture.now)
        let entry = try ledger.enter(Fixture.change(.extend, 1), at: Fixture.now)
        #expect(
            entry.body == .change(.extend, of: Fixture.key(1), .refused(.notExtendable)))
    }

    @Test("A payment gets its grace, though the hold cannot be extended so far; once a booking")
    func paying() throws {
        let terms = Fixture.terms(hold: 30, grace: 120)
        var ledger = EventLedger(Fixture.event(capacities: [3], terms: terms))
        _ = try ledger.enter(Fixture.hold(1), at: Fixture.now)
        let entry = try ledger.enter(Fixture.change(.pay, 1), at: Fixture.time(29))
        let paying = Hold(
            expiresAt: Fixture.time(149), extendableUntil: Fixture.time(90), isPaying: true)
        #expect(entry.hold == paying)
        _ = try ledger.enter(Fixture.change(.pay, 1, request: 1), at: Fixture.time(100))
        _ = try ledger.enter(Fixture.change(.extend, 1), at: Fixture.time(100))
        #expect(ledger.booking(Fixture.key(1))?.hold == paying)
        #expect(ledger.tick(149, holding: [1], at: Fixture.time(149)) != .nothing)
        #expect(ledger.booking(Fixture.key(1))?.status == .expired)
    }

    @Test("A payment does not shorten a hold that lasts longer than its grace")
    func payingEarly() throws {
        var ledger = EventLedger(Fixture.event(capacities: [3]))
        _ = try ledger.enter(Fixture.hold(1), at: Fixture.now)
        let entry = try ledger.enter(Fixture.change(.pay, 1), at: Fixture.time(1))
        #expect(entry.hold?.expiresAt == Fixture.time(600))
    }

    @Test("Tickets that are given back go to the next who asks")
    func resold() throws {
        var ledger = EventLedger(Fixture.event(capacities: [1, 1]))
        _ = try ledger.enter(Fixture.book(1, [1: 1, 2: 1]), at: Fixture.now)
        #expect(ledger.decide(Fixture.book(2), at: Fixture.now).reason == .soldOut)
        _ = try ledger.enter(Fixture.change(.cancel, 1), at: Fixture.now)
        #expect(ledger.decide(Fixture.book(3), at: Fixture.now).status == .confirmed)
        #expect(ledger.decide(Fixture.book(4, [2: 1]), at: Fixture.now).status == .confirmed)
        #expect(ledger.decide(Fixture.book(5), at: Fixture.now).reason == .soldOut)
    }

    @Test("What is cancelled, or expires, no longer counts against its buyer's limit; a hold does")
    func limits() throws {
        var ledger = EventLedger(Fixture.event(capacities: [100], maxPerUser: 4))
        func booked(_ command: Command, _ seconds: Int64) -> Reason? {
            ledger.decide(command, at: Fixture.time(seconds)).reason
        }
        #expect(booked(Fixture.hold(1, user: 1, [1: 3]), 0) == nil)
        #expect(booked(Fixture.book(2, user: 1, [1: 2]), 0) == .limitExceeded)
        _ = ledger.tick(600, holding: [1], at: Fixture.time(600))
        #expect(booked(Fixture.book(3, user: 1, [1: 4]), 600) == nil)
        _ = try ledger.enter(Fixture.change(.cancel, 3, user: 1), at: Fixture.time(601))
        #expect(booked(Fixture.book(4, user: 1, [1: 2]), 602) == nil)
        #expect(booked(Fixture.book(5, user: 1, [1: 3]), 603) == .limitExceeded)
        // A confirmation takes nothing more; a late one does.
        _ = try ledger.enter(Fixture.change(.confirm, 1, user: 1), at: Fixture.time(604))
        #expect(ledger.change(Fixture.change(.confirm, 1, user: 1).id)?.refusal == .holdExpired)
        #expect(Array(ledger.granted.values) == [2])
    }

    @Test("A late confirmation is granted within the limit, and counts from then on")
    func lateWithinLimit() throws {
        var ledger = EventLedger(Fixture.event(capacities: [100], maxPerUser: 4))
        _ = try ledger.enter(Fixture.hold(1, user: 1, [1: 3]), at: Fixture.now)
        _ = ledger.tick(600, holding: [1], at: Fixture.time(600))
        #expect(Array(ledger.granted.values) == [0])
        _ = try ledger.enter(Fixture.change(.confirm, 1, user: 1), at: Fixture.time(700))
        #expect(ledger.booking(Fixture.key(1))?.status == .confirmed)
        let next = ledger.decide(Fixture.book(2, user: 1, [1: 2]), at: Fixture.time(700))
        #expect(next.reason == .limitExceeded)
        #expect(ledger.counts == [97, 0, 3])
    }

    @Test("When an event is over, what is held is confirmed still; what has expired is not")
    func over() throws {
        var ledger = EventLedger(Fixture.event(capacities: [9], endsAt: Fixture.time(1000)))
        _ = try ledger.enter(Fixture.hold(1), at: Fixture.now)
        _ = try ledger.enter(Fixture.hold(2), at: Fixture.time(500))
        _ = ledger.tick(600, holding: [1, 2], at: Fixture.time(600))
        for number in 1...2 {
            _ = try ledger.enter(Fixture.change(.confirm, number), at: Fixture.time(1000))
        }
        #expect(ledger.booking(Fixture.key(1))?.status == .expired)
        #expect(ledger.change(Fixture.change(.confirm, 1).id)?.refusal == .holdExpired)
        #expect(ledger.booking(Fixture.key(2))?.status == .confirmed)
        #expect(
            ledger.decide(Fixture.hold(3), at: Fixture.time(1000)).reason == .eventClosed)
        _ = try ledger.enter(Fixture.change(.cancel, 2), at: Fixture.time(2000))
        #expect(ledger.counts == [9, 0, 0])
    }
}
