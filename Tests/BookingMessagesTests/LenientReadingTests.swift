import BookingDomain
import BookingMessages
import Foundation
import Testing

/// A poisonous command does its neighbours no harm.
@Suite struct LenientReadingTests {
    private let event = "019a9f2c-0000-7002-8000-00000000002a"
    private let good = """
        {"kind":"book","bookingKey":"c0ffee00-1234-8002-8abc-def012345678",
        "userId":"019a9f2c-7b01-7fff-9def-0123456789ab",
        "items":[{"ticketType":1,"quantity":1}],"submittedAtMicroseconds":1}
        """

    private func read(_ commands: String...) throws -> ReceivedCommands {
        let body = "{\"eventId\":\"\(event)\",\"commands\":[\(commands.joined(separator: ","))]}"
        return try ReceivedCommands(
            body: Array(body.utf8), type: CommandMessage.type,
            queueOf: try #require(EventID(event)))
    }

    struct Poison: CustomTestStringConvertible {
        let name: String
        let json: String
        let isKeyReadable: Bool
        let problem: String
        var testDescription: String { name }
    }

    static let poisons = [
        Poison(
            name: "quantity 51",
            json: """
                {"kind":"book","bookingKey":"5f2b8c1e-9a3d-8002-b1c4-7e6f5a4d3c2b",
                "userId":"019a9f2c-7b01-7fff-9def-0123456789ab",
                "items":[{"ticketType":1,"quantity":51}],"submittedAtMicroseconds":1}
                """, isKeyReadable: true, problem: "quantity is out of range"),
        Poison(
            name: "a kind that no version would name so",
            json: """
                {"kind":"Book a seat!","bookingKey":"5f2b8c1e-9a3d-8002-b1c4-7e6f5a4d3c2b"}
                """, isKeyReadable: true, problem: "commands/1/kind is not valid"),
        Poison(
            name: "items of the wrong type",
            json: """
                {"kind":"book","bookingKey":"5f2b8c1e-9a3d-8002-b1c4-7e6f5a4d3c2b",
                "userId":"019a9f2c-7b01-7fff-9def-0123456789ab","items":"two",
                "submittedAtMicroseconds":1}
                """, isKeyReadable: true, problem: "commands/1/items has the wrong type"),
        Poison(
            name: "key of another shard",
            json: """
                {"kind":"book","bookingKey":"5f2b8c1e-9a3d-8003-b1c4-7e6f5a4d3c2b",
                "userId":"019a9f2c-7b01-7fff-9def-0123456789ab",
                "items":[{"ticketType":1,"quantity":1}],"submittedAtMicroseconds":1}
                """, isKeyReadable: false,
            problem: "bookingKey is not a key of a booking of this event's shard"),
        Poison(
            name: "a time long before our era",
            json: """
                {"kind":"book","bookingKey":"5f2b8c1e-9a3d-8002-b1c4-7e6f5a4d3c2b",
                "userId":"019a9f2c-7b01-7fff-9def-0123456789ab",
                "items":[{"ticketType":1,"quantity":1}],
                "submittedAtMicroseconds":-9223372036854775808}
                """, isKeyReadable: true,
            problem: "commands/1/submittedAtMicroseconds is out of range"),
        Poison(
            name: "no key", json: "{\"kind\":\"book\"}", isKeyReadable: false,
            problem: "commands/1/bookingKey is missing"),
        Poison(
            name: "a number", json: "7", isKeyReadable: false,
            problem: "commands/1 has the wrong type"),
    ]

    @Test(
        "A command that cannot be read is set aside, with its key if it has one", arguments: poisons
    )
    func poison(_ poison: Poison) throws {
        let received = try read(good, poison.json, good)
        #expect(received.entries.count == 3)
        #expect(received.unknown == nil)
        for index in [0, 2] {
            guard case .command = received.entries[index] else {
                Issue.record("the neighbour at \(index) was harmed")
                return
            }
        }
        guard case .poison(let found) = received.entries[1] else {
            Issue.record("the poison was taken for a command")
            return
        }
        #expect(found.problem == poison.problem)
        #expect((found.failure != nil) == poison.isKeyReadable)
        let letter = try JSONSerialization.jsonObject(with: Data(found.body)) as? [String: Any]
        #expect(letter?["eventId"] as? String == event)
        let value = try JSONSerialization.jsonObject(
            with: Data(poison.json.utf8), options: .fragmentsAllowed)
        let kept = (letter?["commands"] as? [Any])?.first
        #expect(kept as? NSObject == value as? NSObject)
    }

    @Test(
        "A message that is no command message is refused whole",
        arguments: [
            ("not JSON", "{", "booking.commands.v1"), ("an array", "[]", "booking.commands.v1"),
            ("another type", "{\"eventId\":\"\",\"commands\":[]}", "orders.v9"),
            ("another event", "{\"eventId\":\"x\",\"commands\":[]}", "booking.commands.v1"),
            ("no commands", "{\"eventId\":\"x\"}", "booking.commands.v1"),
            (
                "commands twice",
                """
                {"eventId":"019a9f2c-0000-7002-8000-00000000002a","commands":[],"commands":[]}
                """, "booking.commands.v1"
            ),
            ("too large", String(repeating: " ", count: 65537), "booking.commands.v1"),
        ])
    func refused(_ name: String, _ body: String, _ type: String) throws {
        let event = try #require(EventID(event))
        let error = #expect(throws: MessageError.self) {
            try ReceivedCommands(body: Array(body.utf8), type: type, queueOf: event)
        }
        #expect(error?.code == .malformed)
    }

    @Test(
        "A type that is named as ours are is another version's",
        arguments: [
            ("booking.commands.v2", true), ("booking.ticks.v1", true), ("booking.", true),
            ("booking commands", false), ("booking.commands.v2\n", false), ("", false),
            ("booking." + String(repeating: "x", count: 57), false),
        ])
    func unknownType(_ type: String, _ isOurs: Bool) throws {
        let event = try #require(EventID(event))
        let error = #expect(throws: MessageError.self) {
            try ReceivedCommands(body: Array("anything".utf8), type: type, queueOf: event)
        }
        #expect(error?.code == (isOurs ? .unknown : .malformed))
    }

    @Test(
        "A kind that is named as ours are is another version's, whatever else its command says",
        arguments: [
            #"{"kind":"promote"}"#, #"{"kind":"bookLater","items":7,"bookingKey":null}"#,
            #"{"commandId":"x","kind":"setCapacity","why":{"a":[1,2]}}"#,
        ])
    func unknownKind(_ json: String) throws {
        let received = try read(good, json, good)
        #expect(received.unknown?.code == .unknown)
        #expect(received.unknown?.message.hasPrefix("commands/1/kind is ") == true)
        // A worker that is told to bury it finds it among the entries.
        guard case .poison = received.entries[1] else {
            Issue.record("it was taken for a command")
            return
        }
    }

    @Test("Of a message that no version wrote nothing is unknown", arguments: ["7", "[]", "null"])
    func malformedKind(_ kind: String) throws {
        #expect(try read("{\"kind\":\(kind)}").unknown == nil)
    }

    @Test("Every kind is named so that older versions know it for one")
    func kindNames() {
        #expect(CommandKind.allCases.allSatisfy { CommandKind.isName($0.rawValue) })
    }
}
