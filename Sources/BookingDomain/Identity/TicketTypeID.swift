/// The number of a ticket type within its event, from 1; its place in the event's list.
package struct TicketTypeNumber: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let rawValue: Int16

    /// `nil` outside 1…``BookingLimits/ticketTypesPerEventMax``.
    package init?(_ rawValue: Int) {
        guard (1...BookingLimits.ticketTypesPerEventMax).contains(rawValue) else { return nil }
        self.rawValue = Int16(rawValue)
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
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let event = EventID(parts[0]), let value = Int(parts[1]),
            let number = TicketTypeNumber(value), number.description == parts[1]
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
