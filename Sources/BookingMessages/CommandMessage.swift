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
    package let commands: [BookCommand]

    package init(event: EventID, commands: [BookCommand]) {
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

extension BookCommand {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.name("kind")
            writer.string(CommandKind.book.rawValue)
            writer.name("bookingKey")
            writer.id(key)
            writer.name("userId")
            writer.id(user)
            writer.name("items")
            writer.basket(basket)
            writer.name("submittedAtMicroseconds")
            writer.integer(submittedAt.microsecondsSinceEpoch)
        }
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
