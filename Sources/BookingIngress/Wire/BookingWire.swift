import BookingDomain
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
        let body = Field(body: body)
        var reader = FieldReader()
        var items: [RequestedItem]?
        if reader.object(body) {
            items = reader.items(body["items"])
            reader.refuseHold(body["hold"])
        }
        self.items = try reader.finish(items)
    }
}

extension FieldReader {
    fileprivate mutating func items(_ field: Field) -> [RequestedItem]? {
        guard let elements = elements(field, count: 1...BookingLimits.itemsPerBookingMax) else {
            return nil
        }
        var seen: Set<String> = []
        return elements.compactMap { element in
            guard object(element) else { return nil }
            let text = text(element["ticketTypeId"], length: 1...64)
            let number = integer(
                element["quantity"], in: 1...BookingLimits.quantityPerItemMax)
            let ticketType = text.flatMap { TicketTypeID($0) }
            if let text, !seen.insert(ticketType?.description ?? text).inserted {
                refuse(element["ticketTypeId"], "names a ticket type for the second time")
            }
            guard text != nil, let quantity = number.flatMap({ Quantity($0) }) else { return nil }
            return RequestedItem(ticketType: ticketType, quantity: quantity)
        }
    }

    fileprivate mutating func refuseHold(_ field: Field) {
        switch field.value {
        case nil, .bool(false): break
        case .bool(true): refuse(field, "holds are not offered yet")
        default: refuse(field, "must be true or false")
        }
    }
}

extension BookingView {
    var json: JSONValue {
        .object([
            "id": .string(id.description), "eventId": .string(id.event.description),
            "status": .string(status.rawValue), "reason": reason.map { .string($0.rawValue) },
            "items": .array(
                id.basket.items.map { item in
                    let ticketType = TicketTypeID(event: id.event, number: item.ticketType)
                    return .object([
                        "ticketTypeId": .string(ticketType.description),
                        "quantity": .integer(Int64(item.quantity.rawValue)),
                    ])
                }),
            "sequence": sequence.map { .integer($0) },
            "createdAt": createdAt.map { .string($0.rfc3339) },
            "decidedAt": decidedAt.map { .string($0.rfc3339) },
        ])
    }
}
