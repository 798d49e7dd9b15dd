import BookingDomain
import Testing

@Suite struct EventLedgerTests {
    @Test("Fifty want ten seats: the first ten get them, forty are told sold out, in order")
    func soldOut() {
        var ledger = EventLedger(Fixture.event(capacities: [10]))
        let bookings = (1...50).map { ledger.decide(Fixture.book($0), at: Fixture.now) }
        #expect(bookings.prefix(10).allSatisfy { $0.status == .confirmed && $0.reason == nil })
        #expect(
            bookings.dropFirst(10).allSatisfy { $0.status == .rejected && $0.reason == .soldOut })
        #expect(bookings.map(\.sequence) == Array(1...50))
        let stock = ledger.ticketTypes.values.first?.stock
        #expect(stock?.available == 0)
        #expect(stock?.confirmed == 10)
    }

    @Test("A large wish is refused where a smaller one still fits, and nothing of it is taken")
    func partialFit() {
        var ledger = EventLedger(Fixture.event(capacities: [3]))
        #expect(ledger.decide(Fixture.book(1, [1: 2]), at: Fixture.now).status == .confirmed)
        #expect(ledger.decide(Fixture.book(2, [1: 2]), at: Fixture.now).reason == .soldOut)
        #expect(ledger.decide(Fixture.book(3, [1: 1]), at: Fixture.now).status == .confirmed)
    }

    @Test("A basket over two ticket types is booked whole or not at all")
    func basket() {
        var ledger = EventLedger(Fixture.event(capacities: [10, 7]))
        let bookings = (1...20).map {
            ledger.decide(Fixture.book($0, [1: 1, 2: 1]), at: Fixture.now)
        }
        #expect(bookings.count { $0.status == .confirmed } == 7)
        let stocks = ledger.ticketTypes.values.sorted { $0.number < $1.number }.map(\.stock)
        #expect(stocks.map(\.available) == [3, 0])
        #expect(stocks.map(\.confirmed) == [7, 7])
    }

    @Test("A command that comes again gets the outcome it had, and no second sequence")
    func repeated() throws {
        var ledger = EventLedger(Fixture.event(capacities: [1]))
        let first = ledger.apply(Fixture.book(1), at: Fixture.now)
        let later = Instant(microsecondsSinceEpoch: Fixture.now.microsecondsSinceEpoch + 5)
        let booking = ledger.booking(Fixture.key(1))
        guard case .applied = first else { throw BadFixture() }
        #expect(ledger.apply(Fixture.book(1), at: later) == .repeated)
        #expect(ledger.apply(Fixture.book(1, [1: 9]), at: later) == .repeated)
        #expect(ledger.booking(Fixture.key(1)) == booking)
        #expect(ledger.sequence == 1)
    }

    @Test("A booking decided in an earlier batch is recalled, and counts no second time")
    func recalled() {
        var earlier = EventLedger(Fixture.event(capacities: [5]))
        let booking = earlier.decide(Fixture.book(1), at: Fixture.now)
        var ledger = EventLedger(Fixture.event(capacities: [5]))
        ledger.recall(booking)
        #expect(ledger.apply(Fixture.book(1), at: Fixture.now) == .repeated)
        #expect(ledger.booking(booking.key) == booking)
        #expect(ledger.ticketTypes.values.first?.stock.available == 5)
    }

    @Test("One user gets no more of a limited type than its limit, over bookings old and new")
    func limitPerUser() {
        var ledger = EventLedger(Fixture.event(capacities: [100], maxPerUser: 4))
        #expect(ledger.limitsUsers)
        let one = TicketTypeNumber(1)
        if let one { ledger.recall(taken: 2, by: Fixture.user(1), of: one) }
        let outcomes = [
            Fixture.book(1, user: 1, [1: 3]), Fixture.book(2, user: 1, [1: 2]),
            Fixture.book(3, user: 1, [1: 1]), Fixture.book(4, user: 2, [1: 4]),
        ].map { ledger.decide($0, at: Fixture.now).reason }
        #expect(outcomes == [.limitExceeded, nil, .limitExceeded, nil])
    }

    @Test(
        "Nothing is booked of an event that is not on sale",
        arguments: [EventStatus.draft, EventStatus.closed])
    func closed(status: EventStatus) {
        var ledger = EventLedger(Fixture.event(capacities: [5], status: status))
        let booking = ledger.decide(Fixture.book(1), at: Fixture.now)
        #expect(booking.status == .rejected)
        #expect(booking.reason == .eventClosed)
        #expect(booking.sequence == 1)
    }

    @Test(
        "An event is over at its end, or a day after its start, by the time of the batch",
        arguments: [
            (startsAt: -90_000, endsAt: nil, isOver: true),
            (startsAt: -86_400, endsAt: nil, isOver: true),
            (startsAt: -86_399, endsAt: nil, isOver: false),
            (startsAt: -90_000, endsAt: 1, isOver: false),
            (startsAt: -90_000, endsAt: 0, isOver: true),
            (startsAt: 90_000, endsAt: nil, isOver: false),
            (startsAt: -3_600, endsAt: -1, isOver: true),
        ] as [(startsAt: Int64, endsAt: Int64?, isOver: Bool)])
    func over(startsAt: Int64, endsAt: Int64?, isOver: Bool) {
        func at(_ seconds: Int64) -> Instant { Fixture.now.advanced(by: .seconds(seconds)) }
        var ledger = EventLedger(
            Fixture.event(capacities: [5], startsAt: at(startsAt), endsAt: endsAt.map(at)))
        let booking = ledger.decide(Fixture.book(1), at: Fixture.now)
        #expect(booking.reason == (isOver ? .eventClosed : nil))
    }

    @Test("Time never goes back in a line, whatever the clocks say")
    func monotonicTime() {
        let (early, late) = (Fixture.now, Fixture.now.advanced(by: .seconds(60)))
        var ledger = EventLedger(Fixture.event(capacities: [5]), lastAppliedAt: late)
        #expect(ledger.decide(Fixture.book(1), at: early).decidedAt == late)
        let later = late.advanced(by: .seconds(1))
        #expect(ledger.decide(Fixture.book(2), at: later).decidedAt == later)
        #expect(ledger.decide(Fixture.book(3), at: late).decidedAt == later)
    }

    @Test("A ticket type the event does not have is rejected, and the rest of the basket with it")
    func unknownTicketType() {
        var ledger = EventLedger(Fixture.event(capacities: [5]))
        let booking = ledger.decide(Fixture.book(1, [1: 1, 9: 1]), at: Fixture.now)
        #expect(booking.reason == .unknownTicketType)
        #expect(ledger.ticketTypes.values.first?.stock.available == 5)
    }

    @Test("A command that cannot be read fails in its place in the line, for good")
    func undecodable() {
        var ledger = EventLedger(Fixture.event(capacities: [5]))
        let poison = Command.undecodable(Fixture.key(7), of: Fixture.event, by: nil)
        _ = ledger.apply(Fixture.book(1), at: Fixture.now)
        let failed = ledger.decide(poison, at: Fixture.now)
        #expect(failed.status == .failed)
        #expect(failed.reason == .undecodable)
        #expect(failed.sequence == 2)
        #expect(ledger.apply(poison, at: Fixture.now) == .repeated)
        #expect(ledger.decide(Fixture.book(2), at: Fixture.now).sequence == 3)
    }

    @Test("Replaying the same commands gives every outcome again", arguments: [1, 2, 3, 4, 5])
    func replay(seed: UInt64) {
        var random = SplitMix(state: seed)
        let commands = (0..<400).map { number in
            Fixture.book(
                Int.random(in: 0..<300, using: &random), user: number % 20,
                [Int.random(in: 1...3, using: &random): Int.random(in: 1...5, using: &random)])
        }
        let event = Fixture.event(capacities: [120, 60, 9], maxPerUser: 30)
        var first = EventLedger(event)
        let decided = commands.compactMap { command -> Booking? in
            guard case .applied = first.apply(command, at: Fixture.now) else { return nil }
            return command.booking.flatMap { first.booking($0) }
        }
        var second = EventLedger(event)
        let again = decided.compactMap { booking -> Booking? in
            guard let user = booking.user, let basket = booking.basket else { return nil }
            let command = Command.book(
                basket, as: booking.key, of: booking.event, by: user, at: booking.createdAt)
            return second.decide(command, at: booking.decidedAt)
        }
        #expect(decided == again, "seed \(seed)")
        #expect(decided.map(\.sequence) == Array(1...Int64(decided.count)))
        for type in first.ticketTypes.values {
            #expect(type.stock.available + type.stock.confirmed == type.stock.capacity)
            #expect(type.stock.available >= 0)
        }
    }
}

/// A small generator whose seed reproduces a run.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }
}
