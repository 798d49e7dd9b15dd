import BookingDomain
import BookingHistory

/// The ids that have been read, so that none of the many that come again is read twice.
struct KnownIDs: Sendable {
    private var users: [String: UserID] = [:]
    private var events: [String: EventID] = [:]
    private var ticketTypes: [String: TicketTypeID] = [:]
    private var bookings: [String: BookingID] = [:]
    private var changes: [String: CommandID] = [:]

    mutating func user(_ text: String) -> UserID? {
        Self.id(text, in: &users) { UserID(text) }
    }

    mutating func event(_ text: String) -> EventID? {
        Self.id(text, in: &events) { EventID(text) }
    }

    mutating func ticketType(_ text: String) -> TicketTypeID? {
        Self.id(text, in: &ticketTypes) { TicketTypeID(text) }
    }

    mutating func booking(_ text: String) -> BookingID? {
        Self.id(text, in: &bookings) { BookingID(text) }
    }

    /// The command whose public id that is.
    mutating func change(_ text: String) -> CommandID? {
        Self.id(text, in: &changes) { ChangeID(text)?.command }
    }

    /// What is asked for; `nil` when it is no basket of `event`.
    mutating func basket(_ items: [ItemDocument], of event: EventID) -> Basket? {
        var read: [BasketItem] = []
        for item in items {
            guard let type = ticketType(item.ticketTypeId), type.event == event,
                let quantity = Quantity(item.quantity)
            else { return nil }
            read.append(BasketItem(ticketType: type.number, quantity: quantity))
        }
        return Basket(read)
    }

    private static func id<ID>(
        _ text: String, in known: inout [String: ID], read: () -> ID?
    ) -> ID? {
        if let id = known[text] { return id }
        let id = read()
        known[text] = id
        return id
    }
}
