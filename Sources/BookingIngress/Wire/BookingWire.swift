import BookingDomain
import BookingStore
import HTTPTypes
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
    /// Whether they are to be held for a while, to be confirmed.
    let isHold: Bool

    init(_ body: JSONValue) throws(Problem) {
        (items, isHold) = try FieldReader.read(body) { reader, body in
            let items = reader.items(body["items"])
            let isHold = body["hold"].ifGiven.map { reader.boolean($0) } ?? false
            guard let items, let isHold else { return nil }
            return (items, isHold)
        }
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
        writer.object { writeMembers(to: &$0) }
    }

    fileprivate func writeMembers(to writer: inout JSONWriter) {
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
        if let total {
            writer.name("total")
            writer.money(total)
        }
        if let sequence {
            writer.name("sequence")
            writer.integer(sequence)
        }
        if let asOfSequence {
            writer.name("asOfSequence")
            writer.integer(asOfSequence)
        }
        if let hold {
            writer.name("expiresAt")
            writer.time(hold.expiresAt)
            if let seenAt {
                writer.name("expiresInSeconds")
                writer.integer(max(0, hold.expiresAt.duration(since: seenAt).components.seconds))
            }
            writer.name("extendableUntil")
            writer.time(hold.extendableUntil)
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

extension JSONWriter {
    mutating func time(_ instant: Instant) { plainString { instant.append(to: &$0) } }
}

/// A booking in a buyer's list, with the title of its event as far as that is known.
struct ListedBooking: JSONWritable, Sendable {
    let booking: BookingView
    let event: Event?

    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            booking.priced(event).writeMembers(to: &writer)
            if let event {
                writer.name("eventTitle")
                writer.string(event.title)
            }
        }
    }
}

/// Which of a buyer's bookings are asked for: a page, and `?status=`.
struct BookingsRequest: QueryParameters, Hashable {
    let page: PageRequest<BookingCursor>
    /// `nil` for all.
    let status: BookingStatus?

    init(_ query: inout QueryReader) throws(Problem) {
        page = try PageRequest(&query)
        guard let text = query["status"] else {
            status = nil
            return
        }
        guard let known = BookingStatus(rawValue: text) else {
            throw Problem(
                .badRequest, "invalid-parameter",
                "The parameter status must be one of "
                    + BookingStatus.allCases.map(\.rawValue).joined(separator: ", ") + ".")
        }
        status = known
    }
}

/// Which state of a booking the client knows already: `?after=`, its `asOfSequence`.
struct AfterSequence: QueryParameters, Hashable {
    let sequence: Int64?

    init(_ query: inout QueryReader) throws(Problem) {
        guard let text = query["after"] else {
            sequence = nil
            return
        }
        guard let number = Int64(text), String(number) == text,
            BookingLimits.counts.contains(number)
        else {
            throw Problem(
                .badRequest, "invalid-parameter",
                "The parameter after must be an asOfSequence: a whole number.")
        }
        sequence = number
    }
}
