package import BookingDomain

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

    /// Reads a message.
    /// - Parameters:
    ///   - body: The message's body.
    ///   - type: The message's AMQP `type` property.
    ///   - event: The event whose queue it came from; the message must be for the same.
    /// - Throws: When it cannot be told which event it is for or what its commands are.
    package init(
        body: [UInt8], type: String?, queueOf event: EventID
    ) throws(MessageError) {
        guard type == CommandMessage.type else {
            throw MessageError("the message's type is not \(CommandMessage.type)")
        }
        guard body.count <= CommandMessage.bytesMax else {
            throw MessageError("the message has more than \(CommandMessage.bytesMax) bytes")
        }
        let wire = try MessageCoding.decode(Wire.self, from: body)
        guard EventID(wire.eventId) == event else {
            throw MessageError("eventId is not the event of the queue")
        }
        guard wire.commands.count <= CommandMessage.commandsMax else {
            throw MessageError("the message has more than \(CommandMessage.commandsMax) commands")
        }
        self.event = event
        entries = wire.commands.map { $0.entry(of: event) }
    }

    private struct Wire: Decodable {
        let eventId: String
        let commands: [Lenient]
    }

    /// A command that is kept as it came when it cannot be read.
    private enum Lenient: Decodable {
        case readable(WireCommand)
        case unreadable(JSONValue, String)

        init(from decoder: any Decoder) throws {
            do { self = .readable(try WireCommand(from: decoder)) } catch {
                self = .unreadable(try JSONValue(from: decoder), MessageCoding.explain(error))
            }
        }

        func entry(of event: EventID) -> Entry {
            switch self {
            case .readable(let wire):
                do throws(MessageError) {
                    return .command(.book(try wire.command(of: event)))
                } catch {
                    let value = (try? MessageCoding.value(of: wire)) ?? .null
                    return .poison(PoisonedCommand(value, event: event, problem: error.message))
                }
            case .unreadable(let value, let problem):
                return .poison(PoisonedCommand(value, event: event, problem: problem))
            }
        }
    }
}

/// A command that cannot be read, and what can still be told of it.
package struct PoisonedCommand: Sendable {
    /// A failing command for the line, where a booking key could be read.
    package let failure: UndecodableCommand?
    /// The command alone, in a message of its own, for the dead-letter queue.
    package let body: [UInt8]
    package let problem: String

    init(_ value: JSONValue, event: EventID, problem: String) {
        let key = value["bookingKey"]?.string.flatMap { BookingKey($0) }
        let user = value["userId"]?.string.flatMap { UserID($0) }
        failure = key.flatMap { key in
            key.shard == event.shard ? UndecodableCommand(key: key, user: user) : nil
        }
        let message = JSONValue.object([
            "eventId": .string(event.description), "commands": .array([value]),
        ])
        body = (try? MessageCoding.encode(message)) ?? []
        self.problem = problem
    }
}
