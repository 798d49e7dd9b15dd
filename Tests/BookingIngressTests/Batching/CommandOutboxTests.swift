import BookingDomain
import BookingMessages
import BookingTestSupport
import Testing

@testable import BookingIngress

struct CommandOutboxTests {
    private let event: EventID
    private var outbox: CommandOutbox
    private let start = ContinuousClock.now
    /// What is on its way.
    private var flights: [EventID: CommandOutbox.Flight] = [:]

    init() throws {
        event = try TestEvents.event().id
        outbox = CommandOutbox(
            limits: BatchLimits(
                commandsMax: 3, bytesMax: 64 * 1024, gatheredPerEventMax: 5, gatheredMax: 8,
                flightsMax: 4, flightMemory: .milliseconds(100)),
            patience: .seconds(1))
    }

    /// What becomes of a command at once.
    private enum Answer: Equatable {
        case departs([Command])
        case waits, keyReused, full
    }

    private mutating func submit(
        _ command: Command, to other: EventID? = nil, by submitter: UInt64,
        after time: Duration = .zero
    ) -> Answer {
        let command = Command(
            id: command.id, event: other ?? event, actor: command.actor,
            acceptedAt: command.acceptedAt, body: command.body)
        switch outbox.submit(command, by: submitter, at: start + time) {
        case .keyReused: return .keyReused
        case .full: return .full
        case .taken: return next(after: time).map { .departs($0.commands) } ?? .waits
        }
    }

    /// What departs next.
    private mutating func next(after time: Duration = .zero) -> CommandOutbox.Flight? {
        let flight = outbox.next(at: start + time)
        if let flight { flights[flight.event] = flight }
        return flight
    }

    /// The event's batch in flight returns; what gathered may go.
    private mutating func land(_ event: EventID) -> [UInt64] {
        let submitters = flights.removeValue(forKey: event).map { outbox.land($0) }
        outbox.resume(event)
        return submitters ?? []
    }

    /// The event's batch in flight returns, and what gathered goes at once.
    private mutating func turn(_ event: EventID) -> (submitters: [UInt64], next: [Command]?) {
        (land(event), next()?.commands)
    }

    private func commands(_ count: Int, of event: EventID? = nil) throws -> [Command] {
        try (0..<count).map { _ in try TestEvents.book(event ?? self.event) }
    }

    @Test("a command that finds nothing in flight goes at once, alone")
    mutating func alone() throws {
        let command = try TestEvents.book(event)
        #expect(submit(command, by: 1) == .departs([command]))
        let landing = turn(event)
        #expect(landing.submitters == [1])
        #expect(landing.next == nil)
        #expect(submit(command, by: 2) == .departs([command]))
    }

    @Test("what comes while a batch is in flight goes with the next, in the order of coming")
    mutating func gathers() throws {
        let all = try commands(6)
        _ = submit(all[0], by: 0)
        for (index, command) in all.enumerated().dropFirst() {
            #expect(submit(command, by: UInt64(index)) == .waits)
        }
        var landing = turn(event)
        #expect(landing.submitters == [0])
        #expect(landing.next == Array(all[1...3]))
        landing = turn(event)
        #expect(landing.submitters == [1, 2, 3])
        #expect(landing.next == Array(all[4...5]))
        landing = turn(event)
        #expect(landing.submitters == [4, 5])
        #expect(landing.next == nil)
        #expect(outbox.gathered == 0)
    }

    @Test("events do not wait for each other")
    mutating func independent() throws {
        let other = try TestEvents.event().id
        _ = submit(try TestEvents.book(event), by: 1)
        let command = try TestEvents.book(other)
        #expect(submit(command, to: other, by: 2) == .departs([command]))
    }

    @Test("the same command goes once, and everybody who sent it hears of it")
    mutating func joins() throws {
        let flying = try TestEvents.book(event)
        let waiting = try TestEvents.book(event)
        _ = submit(flying, by: 1)
        #expect(submit(flying, by: 2) == .waits)
        #expect(submit(waiting, by: 3) == .waits)
        #expect(submit(waiting, by: 4) == .waits)
        let landing = turn(event)
        #expect(landing.submitters == [1, 2])
        #expect(landing.next == [waiting])
        #expect(turn(event).submitters == [3, 4])
    }

    @Test("a key in use for another basket is refused, in flight or gathered")
    mutating func reused() throws {
        func other(_ command: Command) throws -> Command {
            .book(
                try TestEvents.basket([1: 2]), as: command.key, of: event,
                by: try command.actor.orThrow(), at: TestEvents.now)
        }
        let flying = try TestEvents.book(event)
        let waiting = try TestEvents.book(event)
        _ = submit(flying, by: 1)
        _ = submit(waiting, by: 2)
        #expect(submit(try other(flying), by: 3) == .keyReused)
        #expect(submit(try other(waiting), by: 4) == .keyReused)
        #expect(turn(event).submitters == [1])
        #expect(turn(event).submitters == [2])
    }

    @Test("the room for gathered commands is bounded, for an event and for all of them")
    mutating func full() throws {
        let others = try [TestEvents.event().id, TestEvents.event().id]
        _ = submit(try TestEvents.book(event), by: 0)
        for number in 1...5 {
            #expect(submit(try TestEvents.book(event), by: UInt64(number)) == .waits)
        }
        #expect(submit(try TestEvents.book(event), by: 6) == .full)
        _ = submit(try TestEvents.book(others[0]), to: others[0], by: 10)
        for number in 11...13 {
            let command = try TestEvents.book(others[0])
            #expect(submit(command, to: others[0], by: UInt64(number)) == .waits)
        }
        let command = try TestEvents.book(others[0])
        #expect(submit(command, to: others[0], by: 14) == .full)
        // An event with nothing in flight needs no room.
        let lone = try TestEvents.book(others[1])
        #expect(submit(lone, to: others[1], by: 15) == .departs([lone]))
        _ = turn(event)
        #expect(outbox.gathered == 5)
        #expect(submit(try TestEvents.book(event), by: 16) == .waits)
    }

    @Test("who waited too long for the broker is told, and what only they wanted goes nowhere")
    mutating func expires() throws {
        let all = try commands(4)
        for number in 0..<2 { _ = submit(all[number], by: UInt64(number)) }
        _ = submit(all[2], by: 2)
        _ = submit(all[2], by: 3, after: .milliseconds(500))
        #expect(outbox.expire(at: start + .milliseconds(999)) == [])
        #expect(
            outbox.expire(at: start + .seconds(1)) == [0, 1, 2].map { .init($0, isSilent: true) })
        let landing = turn(event)
        #expect(landing.submitters == [])
        #expect(landing.next == [all[2]])
        #expect(turn(event).submitters == [3])
        #expect(outbox.expire(at: start + .seconds(9)) == [])
        #expect(outbox.gathered == 0)
    }

    @Test(
        "who waits for others' batches waits twice as long, and is told that there is too much to do"
    )
    mutating func expiresInTurn() throws {
        _ = submit(try TestEvents.book(event), by: 0)
        _ = submit(try TestEvents.book(event), by: 1)
        _ = submit(try TestEvents.book(event), by: 2)
        // Landed, and something gathered; it cannot depart while nobody asks for it.
        #expect(land(event) == [0])
        #expect(outbox.expire(at: start + .seconds(1)) == [])
        #expect(outbox.expire(at: start + .milliseconds(1999)) == [])
        #expect(
            outbox.expire(at: start + .seconds(2)) == [1, 2].map { .init($0, isSilent: false) })
        #expect(next(after: .seconds(2)) == nil)
        #expect(outbox.gathered == 0)
        // Departed just before their first time was over: the broker has all of the second.
        let late = try TestEvents.book(event)
        _ = outbox.submit(late, by: 3, at: start + .seconds(10))
        #expect(next(after: .milliseconds(10_900))?.commands == [late])
        #expect(outbox.expire(at: start + .seconds(11)) == [])
        #expect(outbox.expire(at: start + .milliseconds(11_999)) == [])
        #expect(outbox.expire(at: start + .seconds(12)) == [.init(3, isSilent: true)])
    }

    @Test("a command withdrawn and sent again goes once")
    mutating func withdrawnAndBack() throws {
        let command = try TestEvents.book(event)
        _ = submit(try TestEvents.book(event), by: 0)
        _ = submit(command, by: 1)
        #expect(outbox.expire(at: start + .seconds(1)).map(\.submitter) == [0, 1])
        _ = submit(command, by: 2)
        #expect(turn(event).next == [command])
        #expect(turn(event).submitters == [2])
        #expect(outbox.gathered == 0)
    }

    @Test("only so many batches are on their way; other events go in turn, with what gathered")
    mutating func window() throws {
        let events = try (0..<6).map { _ in try TestEvents.event().id }
        for (number, event) in events.enumerated() {
            let answer = submit(try TestEvents.book(event), to: event, by: UInt64(number))
            #expect((answer == .waits) == (number >= 4))
        }
        // The first event's next batch stands behind those who have waited for longer.
        #expect(submit(try TestEvents.book(events[0]), to: events[0], by: 6) == .waits)
        #expect(submit(try TestEvents.book(events[4]), to: events[4], by: 7) == .waits)
        #expect(land(events[0]) == [0])
        #expect(next()?.event == events[4])
        #expect(next() == nil)
        #expect(land(events[4]) == [4, 7])
        #expect(next()?.event == events[5])
        #expect(land(events[5]) == [5])
        #expect(next()?.event == events[0])
        #expect(land(events[0]) == [6])
        #expect(outbox.gathered == 0)
    }

    @Test(
        "batches that are held up leave the window to others after a while, and their landing opens none"
    )
    mutating func heldUp() throws {
        let events = try (0..<6).map { _ in try TestEvents.event().id }
        for (number, event) in events.enumerated() {
            _ = submit(try TestEvents.book(event), to: event, by: UInt64(number))
        }
        #expect(next(after: .milliseconds(99)) == nil)
        #expect(next(after: .milliseconds(100))?.event == events[4])
        #expect(next(after: .milliseconds(100))?.event == events[5])
        for event in events[0..<4] { #expect(land(event).count == 1) }
        let others = try (0..<3).map { _ in try TestEvents.event().id }
        for (number, other) in others.enumerated() {
            let answer = submit(
                try TestEvents.book(other), to: other, by: UInt64(10 + number),
                after: .milliseconds(150))
            #expect((answer == .waits) == (number >= 2))
        }
    }

    @Test("batches stay within the bytes of a message, by a bound that holds")
    mutating func bytes() throws {
        outbox = CommandOutbox(limits: BatchLimits(), patience: .seconds(1))
        let items = Dictionary(uniqueKeysWithValues: (91...100).map { ($0, 50) })
        _ = submit(try TestEvents.book(event), by: 0)
        for number in 1...1000 {
            let command = try TestEvents.book(event, items: number % 2 == 0 ? items : [100: 50])
            #expect(submit(command, by: UInt64(number)) == .waits)
        }
        var sizes: [Int] = []
        while let commands = turn(event).next {
            let message = CommandMessage(event: event, commands: commands)
            #expect(message.encoded.count <= CommandMessage.bytesMax)
            sizes.append(commands.count)
        }
        #expect(sizes.reduce(0, +) == 1000)
        // The bound is not so loose that messages stay half empty.
        #expect((sizes.max() ?? 0) > 100)
    }
}

extension CommandOutbox.Expiry {
    fileprivate init(_ submitter: CommandOutbox.Submitter, isSilent: Bool) {
        self.init(submitter: submitter, isBrokerSilent: isSilent)
    }
}
