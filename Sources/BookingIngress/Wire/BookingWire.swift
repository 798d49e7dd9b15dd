import BookingDomain
import JSON
import ProblemDetails

/// An item of a booking as it is asked for.
struct RequestedItem: Hashable, Sendable {
    /// `nil` when the id is of no ticket type there can be.
    let ticketType: TicketTypeID?
    let quantity: Quantity
}

/// What a booking's body asks for.
struct BookingDraft: Hashable, Sendable {
    let items: [RequestedItem]

    init(_ body: JSONValue) throws(Problem) {
        items = try FieldReader.read(body) { reader, body in reader.items(body["items"]) }
    }
}

extension FieldReader {
    fileprivate mutating func items(_ field: Field) -> [RequestedItem]? {
        guard let elements = elements(field, count: 1...BookingLimits.itemsPerBookingMax) else {
            return nil
        }
        var seen: Set<String> = []
        return elements.compactMap { element in
            object(element) { reader, item in
                let typeField = item["ticketTypeId"]
                let text = reader.text(typeField, length: 1...64)
                let number = reader.integer(
                    item["quantity"], in: 1...BookingLimits.quantityPerItemMax)
                let ticketType = text.flatMap { TicketTypeID($0) }
                if let text, elements.count > 1,
                    !seen.insert(ticketType?.description ?? text).inserted
                {
                    reader.refuse(typeField, "names a ticket type for the second time")
                }
                guard text != nil, let quantity = number.flatMap({ Quantity($0) }) else {
                    return nil
                }
                return RequestedItem(ticketType: ticketType, quantity: quantity)
            }
        }
    }
}

extension BookingView: JSONWritable {
    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.name("id")
            writer.plainString { id.append(to: &$0) }
            writer.name("eventId")
            writer.plainString { id.event.append(to: &$0) }
            writer.name("status")
            writer.string(status.rawValue)
            if let reason {
                writer.name("reason")
                writer.string(reason.rawValue)
            }
            writer.name("items")
            writer.array { writer in
                for item in id.basket.items {
                    writer.object { writer in
                        let ticketType = TicketTypeID(event: id.event, number: item.ticketType)
                        writer.name("ticketTypeId")
                        writer.plainString { ticketType.append(to: &$0) }
                        writer.name("quantity")
                        writer.integer(item.quantity.rawValue)
                    }
                }
            }
            if let sequence {
                writer.name("sequence")
                writer.integer(sequence)
            }
            if let createdAt {
                writer.name("createdAt")
                writer.time(createdAt)
            }
            if let decidedAt {
                writer.name("decidedAt")
                writer.time(decidedAt)
            }
        }
    }
}

extension JSONWriter {
    mutating func time(_ instant: Instant) { plainString { instant.append(to: &$0) } }
}
