import BookingDomain
import Testing

/// Replaying a log gives what was decided, and tells what was not.
@Suite struct ReplayTests {
    /// Three are held; 1 is confirmed, 2 extended, 3 paid for, 4 rejected and 5 unreadable; then 3 and 2 expire, 3 is
    /// confirmed late and 1 cancelled.
    private static func history() throws -> (ledger: EventLedger, entries: [Entry]) {
        var ledger = EventLedger(Fixture.event(capacities: [6], maxPerUser: 3))
        var entries: [Entry] = []
        for (seconds, command) in [
            (0, Fixture.hold(1, [1: 2])), (1, Fixture.hold(2, [1: 2])),
            (2, Fixture.hold(3, [1: 2])), (3, Fixture.book(4)), (4, Fixture.unreadable(5)),
            (5, Fixture.change(.confirm, 1)), (6, Fixture.change(.extend, 2)),
            (500, Fixture.change(.pay, 3)), (501, Fixture.change(.cancel, 9)),
        ] as [(Int64, Command)] {
            entries.append(try ledger.enter(command, at: Fixture.time(seconds)))
        }
        for (seconds, command) in [
            (620, nil), (630, Fixture.change(.confirm, 3)), (630, Fixture.change(.cancel, 1)),
        ] as [(Int64, Command?)] {
            if let command {
                entries.append(try ledger.enter(command, at: Fixture.time(seconds)))
            } else if case .applied(let entry) = ledger.tick(
                seconds, holding: 1...5, at: Fixture.time(seconds))
            {
                entries.append(entry)
            }
        }
        return (ledger, entries)
    }

    private static let buyers = Dictionary(
        uniqueKeysWithValues: (1...1200).map { (Fixture.key($0), Fixture.user($0)) })

    private func replay(_ event: Event = Fixture.event(capacities: [6], maxPerUser: 3)) -> Replay {
        Replay(from: event, buyers: Self.buyers)
    }

    private func discrepancy(_ entries: [Entry]) -> Replay.Discrepancy? {
        var replay = replay()
        do throws(Replay.Discrepancy) {
            for entry in entries { try replay.apply(entry) }
            return nil
        } catch { return error }
    }

    @Test("Replaying the entries gives every booking, every change and the stock again")
    func replayed() throws {
        let (ledger, entries) = try Self.history()
        #expect(entries.count == 12)
        let page = try #require(LogPage(entries, of: Fixture.event))
        var replay = replay()
        for entry in try #require(page.entries) { try replay.apply(entry) }
        #expect(replay.bookings.count == 5)
        for booking in replay.bookings.values {
            #expect(booking == ledger.booking(booking.key))
        }
        #expect(
            (1...5).map { replay.bookings[Fixture.key($0)]?.status }
                == [.cancelled, .expired, .confirmed, .rejected, .failed])
        #expect(replay.changes.count == 6)
        for change in replay.changes.values { #expect(change == ledger.change(change.command)) }
        #expect(replay.ticketTypes == ledger.ticketTypes)
        #expect(replay.sequence == 12)
        #expect(replay.expiringUntil == nil)
    }

    @Test("An entry that is missing, there twice, or out of its order is told")
    func order() throws {
        let (_, entries) = try Self.history()
        var missing = entries
        missing.remove(at: 4)
        #expect(discrepancy(missing) == .gap(after: 4))
        #expect(discrepancy(entries + [entries[3]]) == .gap(after: 12))
        #expect(discrepancy([entries[1]]) == .gap(after: 0))
        let early = changed(entries[6]) { at, _, _ in at = Fixture.now }
        #expect(discrepancy(Array(entries[..<6]) + [early]) == .timeWentBack)
    }

    @Test("A command that was applied twice is told", arguments: [0, 3, 4, 5, 7, 8])
    func twice(index: Int) throws {
        let (_, entries) = try Self.history()
        let again = changed(entries[index], sequence: 13) { at, _, _ in at = Fixture.time(640) }
        #expect(discrepancy(entries + [again]) == .repeated)
    }

    @Test("What the rules do not give is told, with what they give")
    func otherwise() throws {
        let (_, entries) = try Self.history()
        let basket = Basket.of([1: 1])
        let bodies: [(Int, Entry.Body)] = [
            (3, .book(basket, holding: false, .confirmed)),
            (3, .book(basket, holding: false, .rejected(.limitExceeded))),
            (5, .change(.confirm, of: Fixture.key(1), .refused(.holdExpired))),
            (5, .change(.cancel, of: Fixture.key(4), .applied(nil))),
            (10, .change(.confirm, of: Fixture.key(3), .refused(.holdExpired))),
            (8, .change(.cancel, of: Fixture.key(9), .applied(nil))),
        ]
        for (index, body) in bodies {
            let other = changed(entries[index]) { _, _, entryBody in entryBody = body }
            guard case .decided(let decided)? = discrepancy(Array(entries[..<index]) + [other])
            else {
                Issue.record("\(index) was taken for right")
                continue
            }
            #expect(decided != other)
            #expect(decided.sequence == other.sequence)
        }
    }

    @Test("A hold that lasts longer than its terms say is told")
    func tooLong() throws {
        let (_, entries) = try Self.history()
        let hold = Hold(
            expiresAt: Fixture.time(601), extendableUntil: Fixture.time(1800), isPaying: false)
        let other = changed(entries[0]) { _, _, body in
            body = .book(.of([1: 2]), holding: true, .held(hold))
        }
        #expect(discrepancy([other]) == .decided(entries[0]))
    }

    @Test("A booking of nobody known is told; one that could not be read may be anybody's")
    func buyers() throws {
        let (_, entries) = try Self.history()
        var replay = Replay(from: Fixture.event(capacities: [6]), buyers: [:])
        #expect(throws: Replay.Discrepancy.buyerUnknown) { try replay.apply(entries[0]) }
        var other = Replay(from: Fixture.event(capacities: [6]), buyers: [:])
        let unreadable = changed(entries[4], sequence: 1) { _, _, _ in }
        try other.apply(unreadable)
        #expect(other.bookings[Fixture.key(5)]?.user == nil)
        #expect(other.bookings[Fixture.key(5)]?.status == .failed)
    }

    /// The entry with something else in it.
    private func changed(
        _ entry: Entry, sequence: Int64? = nil,
        _ change: (inout Instant, inout CommandID, inout Entry.Body) -> Void
    ) -> Entry {
        var (at, command, body) = (entry.at, entry.command, entry.body)
        change(&at, &command, &body)
        return Entry(
            sequence: sequence ?? entry.sequence, at: at, command: command,
            acceptedAt: entry.acceptedAt, body: body)
    }
}

/// Replaying what expired.
@Suite struct ExpiryReplayTests {
    private static let count = 700

    private static func replay() throws -> Replay {
        let buyers = Dictionary(
            uniqueKeysWithValues: (1...count).map { (Fixture.key($0), Fixture.user($0)) })
        let event = Fixture.event(capacities: [count])
        var (ledger, replay) = (EventLedger(event), Replay(from: event, buyers: buyers))
        for number in 1...count {
            try replay.apply(
                try ledger.enter(Fixture.hold(number), at: Fixture.time(number < 3 ? 0 : 1)))
        }
        return replay
    }

    private func expiry(
        _ numbers: [Int], after sequence: Int, dueAt seconds: Int64 = 601, at: Int64 = 601,
        more: Bool
    ) -> Entry {
        Entry(
            sequence: Int64(sequence + 1), at: Fixture.time(at),
            command: CommandID(bits: UInt128(sequence + 1)), acceptedAt: nil,
            body: .expire(numbers.map(Fixture.key), dueAt: Fixture.time(seconds), more: more))
    }

    @Test("What was due expires in one entry after the other, however many of it each expired")
    func inPieces() throws {
        var replay = try Self.replay()
        try replay.apply(expiry(Array(1...400), after: 700, more: true))
        #expect(replay.expiringUntil == Fixture.time(601))
        try replay.apply(expiry(Array(401...699), after: 701, at: 602, more: true))
        try replay.apply(expiry([700], after: 702, at: 603, more: false))
        #expect(replay.bookings.values.allSatisfy { $0.status == .expired })
        #expect(replay.ticketTypes.values.map(\.stock.available) == [700])
    }

    @Test("An expiry before its time, in another order, or of too much or too little is told")
    func wrong() throws {
        let replay = try Self.replay()
        func discrepancy(_ entries: Entry...) -> Replay.Discrepancy? {
            var replay = replay
            do throws(Replay.Discrepancy) {
                for entry in entries { try replay.apply(entry) }
                return nil
            } catch { return error }
        }
        func isDecidedOtherwise(_ entry: Entry) -> Bool {
            if case .decided = discrepancy(entry) { true } else { false }
        }
        #expect(
            discrepancy(expiry([1, 2], after: 700, dueAt: 599, at: 601, more: false))
                == .nothingDue)
        #expect(isDecidedOtherwise(expiry([1, 2, 3], after: 700, dueAt: 600, more: false)))
        #expect(isDecidedOtherwise(expiry([1, 2], after: 700, dueAt: 601, at: 600, more: true)))
        #expect(isDecidedOtherwise(expiry([2, 1], after: 700, dueAt: 600, more: false)))
        #expect(isDecidedOtherwise(expiry(Array(1...501), after: 700, more: true)))
        #expect(
            discrepancy(expiry([1], after: 700, dueAt: 600, more: false))
                == .leftOver(Fixture.key(2)))
        let begun = expiry([1], after: 700, more: true)
        let other = Entry(
            sequence: 702, at: Fixture.time(601), command: CommandID(bits: 7), acceptedAt: nil,
            body: .change(.cancel, of: Fixture.key(9), .applied(nil)))
        #expect(discrepancy(begun, other) == .interrupted)
    }
}
