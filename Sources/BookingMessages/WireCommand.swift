import BookingDomain
import JSON

/// A command as it stands in a message: its members as far as they are there, not yet of the right content.
struct WireCommand {
    private let kind: CommandKind
    private var changeId: ArraySlice<UInt8>?
    private var bookingKey: ArraySlice<UInt8>?
    private var userId: ArraySlice<UInt8>?
    private var items: [WireItem]?
    private var submittedAt: Int64?
    private var dueAt: Int64?
    private let index: Int

    /// Reads the command that stands at `index` of its message.
    init(from reader: inout JSONReader, at index: Int) throws(MessageError) {
        self.index = index
        var kind: String?
        var member: StaticString?
        do throws(JSONError) {
            var object = try reader.beginObject()
            while let name = try reader.nextName(in: &object) {
                switch name {
                case "kind":
                    member = "kind"
                    kind = try reader.string()
                case "changeId":
                    member = "changeId"
                    changeId = try reader.bytesOfString()
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
                case "dueAtMicroseconds":
                    member = "dueAtMicroseconds"
                    dueAt = try reader.integer()
                default: _ = try reader.skipValue()
                }
            }
        } catch { throw MessageError(error, in: Self.path(index), member: member) }
        guard let known = CommandKind(rawValue: try kind.given("kind", in: Self.path(index))) else {
            throw MessageError(invalid: "kind", in: Self.path(index))
        }
        self.kind = known
    }

    private static func path(_ index: Int) -> String { "commands/\(index)" }
    private var path: String { Self.path(index) }

    /// The command, when its content is right for the event in whose queue it stood.
    func command(of event: EventID) throws(MessageError) -> Command {
        switch kind {
        case .book, .hold: return try book(of: event)
        case .confirm: return try change(.confirm, in: event)
        case .pay: return try change(.pay, in: event)
        case .extend: return try change(.extend, in: event)
        case .cancel: return try change(.cancel, in: event)
        case .tick:
            return .tick(event, at: try instant(dueAt, "dueAtMicroseconds"))
        }
    }

    private func book(of event: EventID) throws(MessageError) -> Command {
        let (key, user) = (try booking(of: event), try user())
        return .book(
            try Basket(try items.given("items", in: path)), holding: kind == .hold, as: key,
            of: event, by: user, at: try instant(submittedAt, "submittedAtMicroseconds"))
    }

    private func change(
        _ verb: Command.Verb, in event: EventID
    ) throws(MessageError) -> Command {
        guard let id = CommandID(text: try changeId.given("changeId", in: path)) else {
            throw MessageError("changeId is not a UUID")
        }
        return Command(
            id: id, event: event, actor: try user(),
            acceptedAt: try instant(submittedAt, "submittedAtMicroseconds"),
            body: .change(verb, of: try booking(of: event)))
    }

    private func booking(of event: EventID) throws(MessageError) -> BookingKey {
        guard let key = BookingKey(text: try bookingKey.given("bookingKey", in: path)),
            key.shard == event.shard
        else { throw MessageError("bookingKey is not a key of a booking of this event's shard") }
        return key
    }

    private func user() throws(MessageError) -> UserID {
        guard let user = UserID(text: try userId.given("userId", in: path)) else {
            throw MessageError("userId is not a UUID")
        }
        return user
    }

    private func instant(
        _ microseconds: Int64?, _ member: StaticString
    ) throws(MessageError) -> Instant {
        Instant(
            microsecondsSinceEpoch: try microseconds.given(
                member, in: path, within: BookingLimits.microseconds))
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
