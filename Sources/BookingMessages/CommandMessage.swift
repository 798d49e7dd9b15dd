package import BookingDomain

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

    package func encoded() throws(MessageError) -> [UInt8] {
        try MessageCoding.encode(Wire(event: event, commands: commands.map(WireCommand.init)))
    }

    private struct Wire: Encodable {
        let eventId: String
        let commands: [WireCommand]

        init(event: EventID, commands: [WireCommand]) {
            eventId = event.description
            self.commands = commands
        }
    }
}

/// A book command as it stands in a message.
struct WireCommand: Codable {
    let kind: Kind
    let bookingKey: String
    let userId: String
    let items: [WireItem]
    let submittedAtMicroseconds: Int64

    enum Kind: String, Codable { case book }

    init(_ command: BookCommand) {
        kind = .book
        bookingKey = command.key.description
        userId = command.user.description
        items = command.basket.items.map(WireItem.init)
        submittedAtMicroseconds = command.submittedAt.microsecondsSinceEpoch
    }

    func command(of event: EventID) throws(MessageError) -> BookCommand {
        guard let key = BookingKey(bookingKey), key.shard == event.shard else {
            throw MessageError("bookingKey is not a key of a booking of this event's shard")
        }
        guard let user = UserID(userId) else { throw MessageError("userId is not a UUID") }
        return BookCommand(
            key: key, user: user, basket: try Basket(items),
            submittedAt: Instant(microsecondsSinceEpoch: submittedAtMicroseconds))
    }
}

/// An item of a basket as it stands in a message.
struct WireItem: Codable {
    let ticketType: Int
    let quantity: Int

    init(_ item: BasketItem) {
        ticketType = Int(item.ticketType.rawValue)
        quantity = item.quantity.rawValue
    }
}

extension Basket {
    init(_ items: [WireItem]) throws(MessageError) {
        var basketItems: [BasketItem] = []
        for item in items {
            guard let ticketType = TicketTypeNumber(item.ticketType) else {
                throw MessageError("ticketType is out of range")
            }
            guard let quantity = Quantity(item.quantity) else {
                throw MessageError("quantity is out of range")
            }
            basketItems.append(BasketItem(ticketType: ticketType, quantity: quantity))
        }
        guard let basket = Basket(basketItems) else {
            throw MessageError("items are no basket: one to ten, each ticket type once")
        }
        self = basket
    }
}
