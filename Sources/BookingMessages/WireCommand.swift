import BookingDomain
import JSON

/// A book command as it stands in a message: of the right shape, not yet of the right content.
struct WireCommand {
    let bookingKey: ArraySlice<UInt8>
    let userId: ArraySlice<UInt8>
    let items: [WireItem]
    let submittedAtMicroseconds: Int64

    /// Reads the command that stands at `index` of its message.
    init(from reader: inout JSONReader, at index: Int) throws(MessageError) {
        var kind: ArraySlice<UInt8>?
        var bookingKey: ArraySlice<UInt8>?
        var userId: ArraySlice<UInt8>?
        var items: [WireItem]?
        var submittedAt: Int64?
        var member: StaticString?
        do throws(JSONError) {
            var object = try reader.beginObject()
            while let name = try reader.nextName(in: &object) {
                switch name {
                case "kind":
                    member = "kind"
                    kind = try reader.bytesOfString()
                case "bookingKey":
                    member = "bookingKey"
                    bookingKey = try reader.bytesOfString()
                case "userId":
                    member = "userId"
                    userId = try reader.bytesOfString()
                case "items":
                    member = "items"
                    items = try WireItem.items(from: &reader)
                case "submittedAtMicroseconds":
                    member = "submittedAtMicroseconds"
                    submittedAt = try reader.integer()
                default: _ = try reader.skipValue()
                }
            }
        } catch { throw MessageError(error, in: Self.path(index), member: member) }
        guard
            try kind.given("kind", in: Self.path(index)).elementsEqual(
                CommandKind.book.rawValue.utf8)
        else {
            throw MessageError(invalid: "kind", in: Self.path(index))
        }
        self.bookingKey = try bookingKey.given("bookingKey", in: Self.path(index))
        self.userId = try userId.given("userId", in: Self.path(index))
        self.items = try items.given("items", in: Self.path(index))
        submittedAtMicroseconds = try submittedAt.given(
            "submittedAtMicroseconds", in: Self.path(index))
    }

    private static func path(_ index: Int) -> String { "commands/\(index)" }

    /// The command, when its content is right for the event in whose queue it stood.
    func command(of event: EventID) throws(MessageError) -> BookCommand {
        guard let key = BookingKey(text: bookingKey), key.shard == event.shard else {
            throw MessageError("bookingKey is not a key of a booking of this event's shard")
        }
        guard let user = UserID(text: userId) else { throw MessageError("userId is not a UUID") }
        guard BookingLimits.microseconds.contains(submittedAtMicroseconds) else {
            throw MessageError("submittedAtMicroseconds is out of range")
        }
        return BookCommand(
            key: key, user: user, basket: try Basket(items),
            submittedAt: Instant(microsecondsSinceEpoch: submittedAtMicroseconds))
    }
}

/// An item of a basket as it stands in a message.
struct WireItem {
    let ticketType: Int64
    let quantity: Int64

    static func items(from reader: inout JSONReader) throws(JSONError) -> [WireItem] {
        var items: [WireItem] = []
        var array = try reader.beginArray()
        while try reader.nextElement(in: &array) { items.append(try WireItem(from: &reader)) }
        return items
    }

    private init(from reader: inout JSONReader) throws(JSONError) {
        var ticketType: Int64?
        var quantity: Int64?
        let start = reader.offset
        var object = try reader.beginObject()
        while let name = try reader.nextName(in: &object) {
            switch name {
            case "ticketType": ticketType = try reader.integer()
            case "quantity": quantity = try reader.integer()
            default: _ = try reader.skipValue()
            }
        }
        guard let ticketType, let quantity else {
            throw JSONError(.wrongType, "an item is not whole", at: start)
        }
        self.ticketType = ticketType
        self.quantity = quantity
    }
}

extension Basket {
    init(_ items: [WireItem]) throws(MessageError) {
        var basketItems: [BasketItem] = []
        basketItems.reserveCapacity(items.count)
        for item in items {
            guard let ticketType = TicketTypeNumber(Int(item.ticketType)) else {
                throw MessageError("ticketType is out of range")
            }
            guard let quantity = Quantity(Int(item.quantity)) else {
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
