import BookingKeys
import AMQP
import BookingDomain
import BookingTestSupport
import Testing

@testable import BookingBroker

@Suite("The queue of the dead", .timeLimit(.minutes(1)))
struct DeadLetterQueueTests {
    @Test("Looking takes nothing away, changes no order and no name, however often")
    func looking() async throws {
        try await TestGraveyard.with { graveyard in
            for number in 1...5 { try await graveyard.bury("letter \(number)") }
            let first = try await graveyard.letters.letters(max: 100)
            #expect(first.letters.map(\.text) == (1...5).map { "letter \($0)" })
            #expect(first.letters.map(\.position) == Array(1...5))
            #expect(Set(first.letters.map(\.id)).count == 5)
            #expect(first.count == 5)
            // More often than a delivery limit would allow that the broker might have by default.
            for _ in 1...30 {
                let again = try await graveyard.letters.letters(max: 100)
                #expect(again.letters == first.letters)
            }
            let some = try await graveyard.letters.letters(max: 2)
            #expect(some.letters == Array(first.letters.prefix(2)))
            #expect(some.count == 5)
        }
    }

    @Test("An empty queue has no letters")
    func empty() async throws {
        try await TestGraveyard.with { graveyard in
            let (letters, count) = try await graveyard.letters.letters(max: 100)
            #expect(letters.isEmpty)
            #expect(count == 0)
            #expect(try await graveyard.letters.letter(.position(1)) == nil)
        }
    }

    @Test("A letter is found by its place and by its id, and says where it came from and why")
    func finding() async throws {
        try await TestGraveyard.with { graveyard in
            let event = try TestEvents.event().id
            try await graveyard.bury("one")
            try await graveyard.bury("two", of: event, problem: "it is odd", id: "abc-2")
            let letter = try #require(try await graveyard.letters.letter(.position(2)))
            #expect(letter.id == "abc-2")
            #expect(letter.event == event)
            #expect(letter.problem == "it is odd")
            #expect(letter.type == "booking.commands.v1")
            #expect(try await graveyard.letters.letter(.id("abc-2")) == letter)
            let nameless = try #require(try await graveyard.letters.letter(.position(1)))
            #expect(try await graveyard.letters.letter(.id(nameless.id)) == nameless)
            #expect(try await graveyard.letters.letter(.id("nobody")) == nil)
            #expect(try await graveyard.letters.letter(.position(3)) == nil)
        }
    }

    @Test("A letter that the broker buried tells its queue and the broker's reason")
    func buriedByBroker() async throws {
        try await TestGraveyard.with { graveyard in
            let event = try TestEvents.event().id
            try await graveyard.refuse("unwanted", of: event)
            let letter = try #require(try await graveyard.letters.letter(.position(1)))
            #expect(letter.event == event)
            #expect(letter.problem == "a consumer refused it")
            #expect(letter.text == "unwanted")
        }
    }

    @Test("Discarding takes what is meant and nothing else")
    func discarding() async throws {
        try await TestGraveyard.with { graveyard in
            for number in 1...4 { try await graveyard.bury("\(number)", id: "letter-\(number)") }
            try await graveyard.bury("2", id: "letter-2")
            #expect(try await graveyard.discard(.id("letter-2")) == ["2"])
            #expect(try await graveyard.texts() == ["1", "3", "4", "2"])
            #expect(try await graveyard.discard(.position(3)) == ["4"])
            #expect(try await graveyard.discard(.position(4)) == [])
            #expect(try await graveyard.texts() == ["1", "3", "2"])
            #expect(try await graveyard.discard(.all) == ["1", "3", "2"])
            #expect(try await graveyard.texts() == [])
        }
    }

    @Test("Replaying puts letters back into their lines as they were, and in their order")
    func replaying() async throws {
        try await TestGraveyard.with { graveyard in
            let event = try await graveyard.makeLine()
            for number in 1...3 { try await graveyard.bury("\(number)", of: event) }
            try await graveyard.bury("of another", of: try TestEvents.event().id)
            try await graveyard.bury("from nowhere", queue: "elsewhere")
            #expect(try await graveyard.replay(.position(2)) == ["2: done"])
            #expect(
                try await graveyard.replay(.all) == [
                    "1: done", "3: done", "of another: lineIsGone", "from nowhere: hasNoLine",
                ])
            #expect(try await graveyard.texts() == ["of another", "from nowhere"])
            let line = try await graveyard.take(3, from: BookingTopology.queue(of: event))
            #expect(line.map { String(decoding: $0.body, as: UTF8.self) } == ["2", "1", "3"])
            #expect(line.allSatisfy { $0.type == "booking.commands.v1" && $0.isPersistent })
            #expect(line.allSatisfy { $0.headers["x-boxoffice-problem"] == nil })
        }
    }

    @Test("Whoever comes second waits, and is told when the first does not finish")
    func taken() async throws {
        try await TestGraveyard.with { graveyard in
            try await graveyard.bury("one")
            try await graveyard.whileConsumed {
                do throws(BrokerError) {
                    _ = try await graveyard.letters.letters(max: 1)
                    Issue.record("two read at once")
                } catch { #expect(error.code == .overloaded) }
            }
            #expect(try await graveyard.texts() == ["one"])
        }
    }

    @Test(
        "What names no letter is no choice",
        arguments: [
            ("1", LetterChoice.position(1)), ("0", nil), ("99999999999999999999", nil),
            ("x12", .id("x12")), ("12-1", .id("12-1")),
        ])
    func choices(text: String, choice: LetterChoice?) {
        #expect(LetterChoice(text) == choice)
    }

    @Test("A queue's name tells its event")
    func queueNames() throws {
        let event = try TestEvents.event(shard: 7).id
        #expect(BookingTopology.event(ofQueue: BookingTopology.queue(of: event)) == event)
        #expect(BookingTopology.event(ofQueue: "booking.event.x") == nil)
        #expect(BookingTopology.event(ofQueue: "\(event)") == nil)
    }

    @Test("A letter whose code was wrong goes back only when it is meant, and then with a code")
    func doubtful() async throws {
        try await TestGraveyard.with { graveyard in
            let event = try await graveyard.makeLine()
            for problem in [DeadLetter.forged, "none", DeadLetter.unauthenticated] {
                try await graveyard.bury("letter", of: event, problem: problem)
            }
            #expect(
                try await graveyard.replay(.all) == [
                    "letter: isDoubtful", "letter: done", "letter: isDoubtful",
                ])
            #expect(try await graveyard.replay(.position(1)) == ["letter: done"])
            #expect(try await graveyard.replay(.all, doubtful: true) == ["letter: done"])
            #expect(try await graveyard.texts().isEmpty)
            let queue = BookingTopology.queue(of: event)
            let code = graveyard.authenticator.code(
                type: "booking.commands.v1", event: event, body: Array("letter".utf8))
            let deliveries = try await graveyard.take(3, from: queue)
            #expect(
                deliveries.map { $0.headers["x-boxoffice-mac"] }
                    == Array(repeating: .bytes(code), count: 3))
        }
    }
}

extension BuriedLetter {
    var text: String { String(decoding: body, as: UTF8.self) }
}
