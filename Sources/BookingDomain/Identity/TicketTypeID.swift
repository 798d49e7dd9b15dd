/// The number of a ticket type within its event, from 1; its place in the event's list.
package struct TicketTypeNumber: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let rawValue: Int16

    /// `nil` outside 1…``BookingLimits/ticketTypesPerEventMax``.
    package init?(_ rawValue: Int) {
        guard (1...BookingLimits.ticketTypesPerEventMax).contains(rawValue) else { return nil }
        self.rawValue = Int16(rawValue)
    }

    /// Reads decimal digits that do not begin with 0; `nil` for anything else.
    fileprivate init?(text: ArraySlice<UInt8>) {
        guard text.count <= 5, text.first != UInt8(ascii: "0") else { return nil }
        var number = 0
        for character in text {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(character) else { return nil }
            number = number * 10 + Int(character - UInt8(ascii: "0"))
        }
        self.init(number)
    }

    package static func < (left: TicketTypeNumber, right: TicketTypeNumber) -> Bool {
        left.rawValue < right.rawValue
    }

    package var description: String { String(rawValue) }
}

/// A ticket type's public id, opaque to clients: the event's id, a dot and the number.
package struct TicketTypeID: Hashable, Sendable, CustomStringConvertible {
    package let event: EventID
    package let number: TicketTypeNumber

    package init(event: EventID, number: TicketTypeNumber) {
        self.event = event
        self.number = number
    }

    /// Parses what ``description`` prints; `nil` for anything else.
    package init?(_ text: String) {
        let text = Array(text.utf8)
        guard let dot = text.firstIndex(of: UInt8(ascii: ".")),
            let event = EventID(text: text[..<dot]),
            let number = TicketTypeNumber(text: text[(dot + 1)...])
        else { return nil }
        self.init(event: event, number: number)
    }

    /// Appends ``description`` in ASCII.
    package func append(to text: inout [UInt8]) {
        event.append(to: &text)
        text.append(UInt8(ascii: "."))
        text += String(number.rawValue).utf8
    }

    package var description: String { "\(event).\(number)" }
}
