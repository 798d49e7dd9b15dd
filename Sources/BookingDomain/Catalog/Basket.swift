/// How many tickets of one type are asked for: 1 to ``BookingLimits/quantityPerItemMax``.
package struct Quantity: Hashable, Sendable {
    package let rawValue: Int

    package init?(_ rawValue: Int) {
        guard (1...BookingLimits.quantityPerItemMax).contains(rawValue) else { return nil }
        self.rawValue = rawValue
    }
}

/// One line of a basket.
package struct BasketItem: Hashable, Sendable {
    package let ticketType: TicketTypeNumber
    package let quantity: Quantity

    package init(ticketType: TicketTypeNumber, quantity: Quantity) {
        self.ticketType = ticketType
        self.quantity = quantity
    }
}

/// What a booking asks for, all or nothing: one to ten items of different ticket types.
///
/// Items are kept in the order of their ticket types, so two bodies that ask for the same are equal.
package struct Basket: Hashable, Sendable {
    package let items: [BasketItem]

    /// `nil` when empty, too long, or when a ticket type stands in it twice.
    package init?(_ items: [BasketItem]) {
        guard (1...BookingLimits.itemsPerBookingMax).contains(items.count) else { return nil }
        guard items.count > 1 else {
            self.items = items
            return
        }
        let sorted = items.sorted { $0.ticketType < $1.ticketType }
        guard zip(sorted, sorted.dropFirst()).allSatisfy({ $0.ticketType != $1.ticketType }) else {
            return nil
        }
        self.items = sorted
    }

    /// Two bytes an item: the ticket type's number and the quantity.
    var packed: [UInt8] {
        var bytes: [UInt8] = []
        appendPacked(to: &bytes)
        return bytes
    }

    /// Appends ``packed``.
    func appendPacked(to bytes: inout [UInt8]) {
        for item in items {
            bytes.append(UInt8(item.ticketType.rawValue))
            bytes.append(UInt8(item.quantity.rawValue))
        }
    }

    /// Reads ``packed`` back; `nil` unless packing the result gives the same bytes.
    init?(packed bytes: [UInt8]) {
        guard bytes.count.isMultiple(of: 2) else { return nil }
        var items: [BasketItem] = []
        for index in stride(from: 0, to: bytes.count, by: 2) {
            guard let ticketType = TicketTypeNumber(Int(bytes[index])),
                let quantity = Quantity(Int(bytes[index + 1]))
            else { return nil }
            items.append(BasketItem(ticketType: ticketType, quantity: quantity))
        }
        self.init(items)
        guard packed == bytes else { return nil }
    }
}
