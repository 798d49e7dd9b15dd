import BookingDomain
import BookingMessages
import BookingTestSupport
import Testing

@testable import BookingIngress

struct BatchLineTests {
    private let event: EventID
    private var line: BatchLine
    private var submitters: UInt64 = 0
    private let start = ContinuousClock.now

    init() throws {
        event = try TestEvents.event().id
        line = BatchLine(
            limits: BatchLimits(
                commandsMax: 3, bytesMax: 64 * 1024, gatheredPerEventMax: 5, gatheredMax: 8))
    }

    private mutating func submit(
        _ command: BookCommand, to other: EventID? = nil, by submitter: UInt64,
        within patience: Duration = .seconds(1)
    ) -> BatchLine.Submission {
        line.submit(command, to: other ?? event, by: submitter, until: start + patience)
    }

    private func commands(_ count: Int, of event: EventID? = nil) throws -> [BookCommand] {
        try (0..<count).map { _ in try TestEvents.book(event ?? self.event) }
    }

    @Test("a command that finds nothing in flight goes at once, alone")
    mutating func alone() throws {
        let command = try TestEvents.book(event)
        #expect(submit(command, by: 1) == .depart(.init(event: event, commands: [command])))
        let landing = line.turn(event)
        #expect(landing.submitters == [1])
        #expect(landing.next == nil)
        #expect(submit(command, by: 2) == .depart(.init(event: event, commands: [command])))
    }

    @Test("what comes while a batch is in flight goes with the next, in the order of coming")
    mutating func gathers() throws {
        let all = try commands(6)
        _ = submit(all[0], by: 0)
        for (index, command) in all.enumerated().dropFirst() {
            #expect(submit(command, by: UInt64(index)) == .wait)
        }
        var landing = line.turn(event)
        #expect(landing.submitters == [0])
        #expect(landing.next?.commands == Array(all[1...3]))
        landing = line.turn(event)
        #expect(landing.submitters == [1, 2, 3])
        #expect(landing.next?.commands == Array(all[4...5]))
        landing = line.turn(event)
        #expect(landing.submitters == [4, 5])
        #expect(landing.next == nil)
        #expect(line.gathered == 0)
    }

    @Test("events do not wait for each other")
    mutating func independent() throws {
        let other = try TestEvents.event().id
        _ = submit(try TestEvents.book(event), by: 1)
        let command = try TestEvents.book(other)
        #expect(
            submit(command, to: other, by: 2) == .depart(.init(event: other, commands: [command])))
    }

    @Test("the same command goes once, and everybody who sent it hears of it")
    mutating func joins() throws {
        let flying = try TestEvents.book(event)
        let waiting = try TestEvents.book(event)
        _ = submit(flying, by: 1)
        #expect(submit(flying, by: 2) == .wait)
        #expect(submit(waiting, by: 3) == .wait)
        #expect(submit(waiting, by: 4) == .wait)
        let landing = line.turn(event)
        #expect(landing.submitters == [1, 2])
        #expect(landing.next?.commands == [waiting])
        #expect(line.turn(event).submitters == [3, 4])
    }

    @Test("a key in use for another basket is refused, in flight or gathered")
    mutating func reused() throws {
        func other(_ command: BookCommand) throws -> BookCommand {
            BookCommand(
                key: command.key, user: command.user, basket: try TestEvents.basket([1: 2]),
                submittedAt: command.submittedAt)
        }
        let flying = try TestEvents.book(event)
        let waiting = try TestEvents.book(event)
        _ = submit(flying, by: 1)
        _ = submit(waiting, by: 2)
        #expect(submit(try other(flying), by: 3) == .keyReused)
        #expect(submit(try other(waiting), by: 4) == .keyReused)
        #expect(line.turn(event).submitters == [1])
        #expect(line.turn(event).submitters == [2])
    }

    @Test("the room for gathered commands is bounded, for an event and for all of them")
    mutating func full() throws {
        let others = try [TestEvents.event().id, TestEvents.event().id]
        _ = submit(try TestEvents.book(event), by: 0)
        for number in 1...5 {
            #expect(submit(try TestEvents.book(event), by: UInt64(number)) == .wait)
        }
        #expect(submit(try TestEvents.book(event), by: 6) == .full)
        _ = submit(try TestEvents.book(others[0]), to: others[0], by: 10)
        for number in 11...13 {
            let command = try TestEvents.book(others[0])
            #expect(submit(command, to: others[0], by: UInt64(number)) == .wait)
        }
        let command = try TestEvents.book(others[0])
        #expect(submit(command, to: others[0], by: 14) == .full)
        // An event with nothing in flight needs no room.
        let lone = try TestEvents.book(others[1])
        #expect(
            submit(lone, to: others[1], by: 15)
                == .depart(.init(event: others[1], commands: [lone])))
        _ = line.turn(event)
        #expect(line.gathered == 5)
        #expect(submit(try TestEvents.book(event), by: 16) == .wait)
    }

    @Test("who waited too long is told, and what only they wanted goes nowhere")
    mutating func expires() throws {
        let all = try commands(4)
        _ = submit(all[0], by: 0, within: .seconds(1))
        _ = submit(all[1], by: 1, within: .seconds(1))
        _ = submit(all[2], by: 2, within: .seconds(1))
        _ = submit(all[2], by: 3, within: .seconds(2))
        #expect(line.expire(at: start + .milliseconds(999)) == [])
        #expect(line.expire(at: start + .seconds(1)) == [0, 1, 2])
        let landing = line.turn(event)
        #expect(landing.submitters == [])
        #expect(landing.next?.commands == [all[2]])
        #expect(line.turn(event).submitters == [3])
        #expect(line.expire(at: start + .seconds(9)) == [])
        #expect(line.gathered == 0)
    }

    @Test("a command withdrawn and sent again goes once")
    mutating func withdrawnAndBack() throws {
        let command = try TestEvents.book(event)
        _ = submit(try TestEvents.book(event), by: 0)
        _ = submit(command, by: 1)
        let (first, second) = (line.withdraw(1), line.withdraw(1))
        #expect(first && !second)
        _ = submit(command, by: 2)
        #expect(line.turn(event).next?.commands == [command])
        #expect(line.turn(event).submitters == [2])
        #expect(line.gathered == 0)
    }

    @Test("batches stay within the bytes of a message, by a bound that holds")
    mutating func bytes() throws {
        line = BatchLine(limits: BatchLimits())
        let items = Dictionary(uniqueKeysWithValues: (91...100).map { ($0, 50) })
        _ = submit(try TestEvents.book(event), by: 0)
        for number in 1...1000 {
            let command = try TestEvents.book(event, items: number % 2 == 0 ? items : [100: 50])
            #expect(submit(command, by: UInt64(number)) == .wait)
        }
        var sizes: [Int] = []
        var next = line.turn(event).next
        while let flight = next {
            let message = CommandMessage(event: flight.event, commands: flight.commands)
            #expect(message.encoded.count <= CommandMessage.bytesMax)
            sizes.append(flight.commands.count)
            next = line.turn(event).next
        }
        #expect(sizes.reduce(0, +) == 1000)
        // The bound is not so loose that messages stay half empty.
        #expect((sizes.max() ?? 0) > 100)
    }
}

extension BatchLine {
    /// The event's batch in flight returns, and what gathered goes at once.
    fileprivate mutating func turn(_ event: EventID) -> (submitters: [Submitter], next: Flight?) {
        (land(event), depart(event))
    }
}
