import BookingDomain
import BookingMessages
import Foundation
import Testing

/// The examples beside the schemas are what the program reads and writes.
@Suite struct ExampleTests {
    @Test("The example of a command message is read whole and written again the same")
    func commands() throws {
        let example = try Example("commands.v1")
        let event = try #require(EventID("019a9f2c-0000-7002-8000-00000000002a"))
        let received = try ReceivedCommands(
            body: example.bytes, type: CommandMessage.type, queueOf: event)
        let commands = received.entries.compactMap { entry in
            if case .command(let command) = entry { command } else { nil }
        }
        #expect(commands.count == 2)
        #expect(commands.first?.kind == .book)
        let written = CommandMessage(event: event, commands: commands).encoded
        #expect(try canonical(written) == canonical(example.bytes))
    }

    @Test("The example of an outcome message is read whole and written again the same")
    func outcomes() throws {
        let example = try Example("outcomes.v1")
        let message = try OutcomeMessage(body: example.bytes, type: OutcomeMessage.type)
        #expect(message.bookings.map(\.status) == [.confirmed, .rejected, .failed])
        #expect(message.bookings.last?.basket == nil)
        #expect(message.events.first?.ticketTypes.map(\.available) == [0, 7])
        #expect(try canonical(message.encoded) == canonical(example.bytes))
    }
}

/// A file of `schemas/messages/examples`.
struct Example {
    let bytes: [UInt8]

    init(_ name: String, file: String = #filePath) throws {
        let root = URL(filePath: file).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        bytes = try Array(
            Data(contentsOf: root.appending(path: "schemas/messages/examples/\(name).json")))
    }
}

/// The same JSON with sorted members and without white space.
func canonical(_ bytes: [UInt8]) throws -> String {
    let value = try JSONSerialization.jsonObject(with: Data(bytes))
    let data = try JSONSerialization.data(withJSONObject: value, options: [.sortedKeys])
    return String(decoding: data, as: UTF8.self)
}
