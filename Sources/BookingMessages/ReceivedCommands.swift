package import BookingDomain
import JSON

/// A command message as the worker reads it: good commands and those that cannot be read, in order.
///
/// Reading is lenient command by command, so that a poisonous one does its neighbours no harm.
package struct ReceivedCommands: Sendable {
    package enum Entry: Sendable {
        case command(Command)
        case poison(PoisonedCommand)
    }

    package let event: EventID
    package let entries: [Entry]
    /// Why a command among them is another version's, if one is: it is of a kind that this program does not
    /// know, and stands among the entries as poison.
    package let unknown: MessageError?

    /// Reads a message.
    /// - Parameters:
    ///   - body: The message's body.
    ///   - type: The message's AMQP `type` property.
    ///   - event: The event whose queue it came from; the message must be for the same.
    /// - Throws: When it cannot be told which event it is for or what its commands are; `unknown` when
    ///   another version can.
    package init(
        body: [UInt8], type: String?, queueOf event: EventID
    ) throws(MessageError) {
        guard type == CommandMessage.type else {
            throw MessageError(type: type, insteadOf: CommandMessage.type)
        }
        guard body.count <= CommandMessage.bytesMax else {
            throw MessageError("the message has more than \(CommandMessage.bytesMax) bytes")
        }
        var eventId: ArraySlice<UInt8>?
        var entries: [Entry]?
        var unknown: MessageError?
        var member: StaticString?
        var reader = JSONReader(body)
        do throws(JSONError) {
            var object = try reader.beginObject()
            while let name = try reader.nextName(in: &object) {
                switch name {
                case "eventId":
                    member = "eventId"
                    guard eventId == nil else { throw reader.twice }
                    eventId = try reader.bytesOfString()
                case "commands":
                    member = "commands"
                    // What a second list would do to the first, readers might disagree on.
                    guard entries == nil else { throw reader.twice }
                    (entries, unknown) = try Self.entries(from: &reader, of: event)
                default: _ = try reader.skipValue()
                }
            }
            try reader.finish()
        } catch { throw MessageError(error, in: "", member: member) }
        guard EventID(text: try eventId.given("eventId", in: "")) == event else {
            throw MessageError("eventId is not the event of the queue")
        }
        self.entries = try entries.given("commands", in: "")
        guard self.entries.count <= CommandMessage.commandsMax else {
            throw MessageError("the message has more than \(CommandMessage.commandsMax) commands")
        }
        self.event = event
        self.unknown = unknown
    }

    private static func entries(
        from reader: inout JSONReader, of event: EventID
    ) throws(JSONError) -> ([Entry], unknown: MessageError?) {
        var entries: [Entry] = []
        var unknown: MessageError?
        var array = try reader.beginArray()
        while try reader.nextElement(in: &array) {
            let mark = reader.mark
            do throws(MessageError) {
                let wire = try WireCommand(from: &reader, at: entries.count)
                entries.append(.command(try wire.command(of: event)))
            } catch {
                // Read as far as its end, if it has one, and kept as it came.
                reader.return(to: mark)
                let json = try reader.skipValue()
                let members = try? JSONValue(parsing: json)
                var problem = error
                // Asked first of all else that may be wrong: of another kind nothing is known.
                if let kind = members?["kind"]?.string, CommandKind(rawValue: kind) == nil,
                    CommandKind.isName(kind)
                {
                    problem = MessageError(unknownKind: kind, in: "commands/\(entries.count)")
                    unknown = unknown ?? problem
                }
                entries.append(
                    .poison(
                        PoisonedCommand(
                            json, members, event: event, problem: problem.message)))
            }
        }
        return (entries, unknown)
    }
}

extension JSONReader {
    fileprivate var twice: JSONError {
        JSONError(.malformed, "a member is named twice", at: offset)
    }
}

/// A command that cannot be read, and what can still be told of it.
package struct PoisonedCommand: Sendable {
    /// A failing command for the line, where a booking key could be read.
    package let failure: Command?
    /// The command alone, in a message of its own, for the dead-letter queue.
    package let body: [UInt8]
    package let problem: String

    init(_ json: ArraySlice<UInt8>, _ members: JSONValue?, event: EventID, problem: String) {
        failure = members.flatMap { Command(failing: $0, of: event) }
        var writer = JSONWriter(reserving: 64 + json.count)
        writer.object { writer in
            writer.name("eventId")
            writer.id(event)
            writer.name("commands")
            writer.array { $0.raw(json) }
        }
        body = writer.text
        self.problem = problem
    }
}

extension Command {
    /// What is left of a command that cannot be read: it fails, or is refused.
    fileprivate init?(failing members: JSONValue, of event: EventID) {
        guard let key = members["bookingKey"]?.string.flatMap({ BookingKey($0) }),
            key.shard == event.shard
        else { return nil }
        let user = members["userId"]?.string.flatMap { UserID($0) }
        switch members["kind"]?.string.flatMap(CommandKind.init) {
        case .book, .hold, nil: self = .undecodable(key, of: event, by: user)
        case .confirm, .pay, .extend, .cancel:
            guard let id = members["changeId"]?.string.flatMap({ CommandID($0) }) else {
                return nil
            }
            self.init(
                id: id, event: event, actor: user, acceptedAt: nil,
                body: .change(.undecodable, of: key))
        case .tick: return nil
        }
    }
}
