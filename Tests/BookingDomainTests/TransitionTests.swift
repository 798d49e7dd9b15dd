import BookingDomain
import Testing

/// What each command does to a booking in each state; holds last 600 s, payments get 120 s more.
@Suite struct TransitionTests {
    /// A state that booking 1 of two tickets of three is brought into.
    enum Situation: CaseIterable {
        case unknown, held, paying, overdue, confirmed, expired, resold, cancelled, rejected, failed
    }

    /// What comes of a command: where the booking is then, until when it is held, or why not.
    enum Outcome: Hashable {
        case confirmed, cancelled
        case held(until: Int64)
        case refused(Change.Refusal)
    }

    /// When the command comes, in seconds: overdue is what was due, and no tick has come yet.
    private static func time(_ situation: Situation) -> Int64 {
        switch situation {
        case .overdue, .expired, .resold: 700
        case .unknown, .held, .paying, .confirmed, .cancelled, .rejected, .failed: 500
        }
    }

    private static func ledger(in situation: Situation) throws -> EventLedger {
        var ledger = EventLedger(Fixture.event(capacities: [3]))
        switch situation {
        case .unknown: break
        case .held, .overdue: _ = try ledger.enter(Fixture.hold(1, [1: 2]), at: Fixture.now)
        case .paying:
            _ = try ledger.enter(Fixture.hold(1, [1: 2]), at: Fixture.now)
            _ = try ledger.enter(Fixture.change(.pay, 1, request: 90), at: Fixture.time(490))
        case .confirmed: _ = try ledger.enter(Fixture.book(1, [1: 2]), at: Fixture.now)
        case .expired, .resold:
            _ = try ledger.enter(Fixture.hold(1, [1: 2]), at: Fixture.now)
            _ = ledger.tick(600, holding: [1], at: Fixture.time(600))
            if situation == .resold {
                _ = try ledger.enter(Fixture.book(2, [1: 2]), at: Fixture.time(650))
            }
        case .cancelled:
            _ = try ledger.enter(Fixture.hold(1, [1: 2]), at: Fixture.now)
            _ = try ledger.enter(Fixture.change(.cancel, 1, request: 90), at: Fixture.now)
        case .rejected: _ = try ledger.enter(Fixture.book(1, [1: 4]), at: Fixture.now)
        case .failed: _ = try ledger.enter(Fixture.unreadable(1), at: Fixture.now)
        }
        return ledger
    }

    private static let all: [(Situation, Command.Verb, Outcome)] =
        [
            (.unknown, .confirm, .refused(.noBooking)), (.unknown, .pay, .refused(.noBooking)),
            (.unknown, .extend, .refused(.noBooking)), (.unknown, .cancel, .refused(.noBooking)),

            (.held, .confirm, .confirmed), (.held, .pay, .held(until: 620)),
            (.held, .extend, .held(until: 1100)), (.held, .cancel, .cancelled),

            (.paying, .confirm, .confirmed), (.paying, .pay, .refused(.notConfirmable)),
            (.paying, .extend, .held(until: 1100)), (.paying, .cancel, .cancelled),

            (.overdue, .confirm, .confirmed), (.overdue, .pay, .held(until: 820)),
            (.overdue, .extend, .held(until: 1300)), (.overdue, .cancel, .cancelled),

            (.confirmed, .confirm, .refused(.notConfirmable)),
            (.confirmed, .pay, .refused(.notConfirmable)),
            (.confirmed, .extend, .refused(.notExtendable)), (.confirmed, .cancel, .cancelled),

            (.expired, .confirm, .confirmed), (.expired, .pay, .refused(.holdExpired)),
            (.expired, .extend, .refused(.notExtendable)),
            (.expired, .cancel, .refused(.notCancellable)),

            (.resold, .confirm, .refused(.holdExpired)), (.resold, .pay, .refused(.holdExpired)),
            (.resold, .extend, .refused(.notExtendable)),
            (.resold, .cancel, .refused(.notCancellable)),
        ]
        + [Situation.cancelled, .rejected, .failed].flatMap { situation in
            [
                (situation, .confirm, .refused(.notConfirmable)),
                (situation, .pay, .refused(.notConfirmable)),
                (situation, .extend, .refused(.notExtendable)),
                (situation, .cancel, .refused(.notCancellable)),
            ] as [(Situation, Command.Verb, Outcome)]
        }
        + Situation.allCases.map { ($0, .undecodable, .refused(.undecodable)) }

    @Test("The table below has every command in every state")
    func isComplete() {
        #expect(Self.all.count == Situation.allCases.count * Command.Verb.allCases.count)
    }

    @Test("What a command does to a booking depends on where that stands", arguments: all)
    func change(situation: Situation, verb: Command.Verb, outcome: Outcome) throws {
        var ledger = try Self.ledger(in: situation)
        let now = Fixture.time(Self.time(situation))
        let before = ledger
        let command = Fixture.change(verb, 1)
        let entry = try ledger.enter(command, at: now)
        #expect(entry.sequence == before.sequence + 1)
        #expect(entry.at == now)
        #expect(entry.command == command.id)
        let booking = ledger.booking(Fixture.key(1))
        let change = try #require(ledger.change(command.id))
        #expect(change.sequence == entry.sequence)
        #expect(change.booking == Fixture.key(1))
        switch outcome {
        case .refused(let refusal):
            #expect(entry.body == .change(verb, of: Fixture.key(1), .refused(refusal)))
            #expect(change.refusal == refusal)
            #expect(booking == before.booking(Fixture.key(1)))
            #expect(ledger.counts == before.counts)
        case .confirmed:
            try expectMoved(booking, .confirmed, hold: nil, entry, change)
            #expect(ledger.counts == [1, 0, 2])
        case .cancelled:
            try expectMoved(booking, .cancelled, hold: nil, entry, change)
            #expect(ledger.counts == [3, 0, 0])
        case .held(let until):
            let hold = Hold(
                expiresAt: Fixture.time(until), extendableUntil: Fixture.time(1800),
                isPaying: verb == .pay || situation == .paying)
            try expectMoved(booking, .held, hold: hold, entry, change)
            #expect(ledger.counts == [1, 2, 0])
        }
        #expect(ledger.granted == before.granted)
    }

    private func expectMoved(
        _ booking: Booking?, _ status: BookingStatus, hold: Hold?, _ entry: Entry, _ change: Change
    ) throws {
        let booking = try #require(booking)
        #expect(booking.status == status)
        #expect(booking.hold == hold)
        #expect(booking.asOfSequence == entry.sequence)
        #expect(booking.sequence == 1)
        #expect(booking.decidedAt == Fixture.now)
        #expect(change.refusal == nil)
        guard case .change(_, Fixture.key(1), .applied(let noted)) = entry.body else {
            throw BadFixture()
        }
        #expect(noted == hold)
    }

    @Test("A tick expires what is held and due, and nothing else", arguments: Situation.allCases)
    func tick(situation: Situation) throws {
        var ledger = try Self.ledger(in: situation)
        let before = ledger
        let seconds = Self.time(situation)
        let application = ledger.tick(seconds, holding: [1], at: Fixture.time(seconds))
        guard situation == .overdue else {
            #expect(application == .nothing)
            #expect(ledger.booking(Fixture.key(1)) == before.booking(Fixture.key(1)))
            #expect(ledger.sequence == before.sequence)
            #expect(ledger.counts == before.counts)
            return
        }
        guard case .applied(let entry) = application else { throw BadFixture() }
        #expect(
            entry.body == .expire([Fixture.key(1)], dueAt: Fixture.time(700), more: false))
        #expect(ledger.booking(Fixture.key(1))?.status == .expired)
        #expect(ledger.booking(Fixture.key(1))?.asOfSequence == 2)
        #expect(ledger.counts == [3, 0, 0])
    }

    @Test(
        "The request that made a booking changes nothing when it comes again, wherever that stands",
        arguments: Situation.allCases)
    func bookedAgain(situation: Situation) throws {
        guard situation != .unknown else { return }
        let ledger = try Self.ledger(in: situation)
        for command in [Fixture.book(1, [1: 2]), Fixture.hold(1, [1: 1]), Fixture.unreadable(1)] {
            var again = ledger
            #expect(again.apply(command, at: Fixture.time(800)) == .repeated)
            #expect(again.booking(Fixture.key(1)) == ledger.booking(Fixture.key(1)))
            #expect(again.counts == ledger.counts)
            #expect(again.sequence == ledger.sequence)
        }
    }

    @Test(
        "A change is applied once, whatever came between it and its repetition",
        arguments: Command.Verb.allCases, Command.Verb.allCases)
    func repeated(first: Command.Verb, second: Command.Verb) throws {
        for situation in Situation.allCases {
            var ledger = try Self.ledger(in: situation)
            let now = Fixture.time(Self.time(situation))
            _ = try ledger.enter(Fixture.change(first, 1, request: 1), at: now)
            _ = try ledger.enter(Fixture.change(second, 1, request: 2), at: now)
            let after = ledger
            for (verb, request) in [(first, 1), (second, 2)] {
                let command = Fixture.change(verb, 1, request: request)
                #expect(ledger.apply(command, at: Fixture.time(5000)) == .repeated, "\(situation)")
                #expect(ledger.change(command.id) == after.change(command.id))
            }
            #expect(ledger.booking(Fixture.key(1)) == after.booking(Fixture.key(1)))
            #expect(ledger.sequence == after.sequence)
            #expect(ledger.counts == after.counts)
        }
    }

    @Test("A change that was applied long ago is recalled with what it came to")
    func recalled() throws {
        var earlier = try Self.ledger(in: .held)
        _ = try earlier.enter(Fixture.change(.confirm, 1), at: Fixture.now)
        _ = try earlier.enter(Fixture.change(.cancel, 1), at: Fixture.now)
        let confirmation = try #require(earlier.change(Fixture.change(.confirm, 1).id))
        let booking = try #require(earlier.booking(Fixture.key(1)))
        var ledger = EventLedger(Fixture.event(capacities: [3]))
        ledger.recall(booking)
        ledger.recall(confirmation)
        #expect(ledger.apply(Fixture.change(.confirm, 1), at: Fixture.time(900)) == .repeated)
        #expect(ledger.booking(Fixture.key(1))?.status == .cancelled)
        #expect(ledger.change(confirmation.command) == confirmation)
    }
}
