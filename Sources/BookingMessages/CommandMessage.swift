package import BookingDomain
import JSON

/// What the ingress publishes: one to many commands of one event, in the order of their acceptance.
///
/// Shape: `schemas/messages/commands.v1.schema.json`.
package struct CommandMessage: Sendable {
    /// The message's AMQP `type` property.
    package static let type = "booking.commands.v1"
    /// The most commands a message may carry.
    package static let commandsMax = 500
    /// The most bytes a message may have.
    package static let bytesMax = 64 * 1024

    package let event: EventID
    package let commands: [Command]

    package init(event: EventID, commands: [Command]) {
        self.event = event
        self.commands = commands
    }

    package var encoded: [UInt8] {
        var writer = JSONWriter(reserving: 128 + 256 * commands.count)
        writer.object { writer in
            writer.name("eventId")
            writer.id(event)
            writer.name("commands")
            writer.array { writer in
                for command in commands { command.write(to: &writer) }
            }
        }
        return writer.text
    }
}

extension Command {
    fileprivate func write(to writer: inout JSONWriter) {
        // What could not be read has no kind, and is in no message.
        guard let kind else { return }
        writer.object { writer in
            writer.name("kind")
            writer.string(kind.rawValue)
            switch body {
            case .book(let basket, _):
                writer.name("bookingKey")
                writer.id(id)
                writeActor(to: &writer)
                writer.name("items")
                writer.basket(basket)
            case .change(_, let booking):
                writer.name("changeId")
                writer.id(id)
                writer.name("bookingKey")
                writer.id(booking)
                writeActor(to: &writer)
            case .tick(let time):
                writer.name("dueAtMicroseconds")
                writer.integer(time.microsecondsSinceEpoch)
            case .undecodable: break
            }
            if let acceptedAt {
                writer.name("submittedAtMicroseconds")
                writer.integer(acceptedAt.microsecondsSinceEpoch)
            }
        }
    }

    private func writeActor(to writer: inout JSONWriter) {
        guard let actor else { return }
        writer.name("userId")
        writer.id(actor)
    }
}

extension JSONWriter {
    mutating func id(_ id: some UUIDIdentifier) { plainString { id.append(to: &$0) } }

    mutating func basket(_ basket: Basket) {
        array { writer in
            for item in basket.items {
                writer.object { writer in
                    writer.name("ticketType")
                    writer.integer(Int(item.ticketType.rawValue))
                    writer.name("quantity")
                    writer.integer(item.quantity.rawValue)
                }
            }
        }
    }
}
