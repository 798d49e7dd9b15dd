import BookingDomain
import JSON

extension OutcomeMessage {
    /// The longest name of a database's history.
    private static let incarnationBytesMax = 64

    package init(body: [UInt8], type: String?) throws(MessageError) {
        guard type == OutcomeMessage.type else {
            throw MessageError(type: type, insteadOf: OutcomeMessage.type)
        }
        var shard: Int64?
        var batch: Int64?
        var previousBatch: Int64?
        var incarnation: String?
        var bookings: [WireBooking]?
        var changes: [WireChange] = []
        var events: [WireEvent]?
        var member: StaticString?
        var reader = JSONReader(body)
        do throws(JSONError) {
            var object = try reader.beginObject()
            while let name = try reader.nextName(in: &object) {
                switch name {
                case "shard":
                    member = "shard"
                    shard = try reader.integer()
                case "batch":
                    member = "batch"
                    batch = try reader.integer()
                case "previousBatch":
                    member = "previousBatch"
                    previousBatch = try reader.integer()
                case "incarnation":
                    member = "incarnation"
                    incarnation = try reader.string()
                case "bookings":
                    member = "bookings"
                    bookings = try reader.elements(WireBooking.init)
                case "changes":
                    member = "changes"
                    changes = try reader.elements(WireChange.init)
                case "events":
                    member = "events"
                    events = try reader.elements(WireEvent.init)
                default: _ = try reader.skipValue()
                }
            }
            try reader.finish()
        } catch { throw MessageError(error, in: "", member: member) }
        guard let shard = ShardNumber(Int(try shard.given("shard", in: ""))) else {
            throw MessageError("shard is out of range")
        }
        guard incarnation.map({ $0.utf8.count <= Self.incarnationBytesMax }) ?? true else {
            throw MessageError("incarnation is too long")
        }
        var unknown = UnknownOutcomes()
        self.init(
            shard: shard, batch: try batch.given("batch", in: "", within: BookingLimits.counts),
            previousBatch: try previousBatch.map { previous throws(MessageError) in
                try Optional(previous).given(
                    "previousBatch", in: "", within: BookingLimits.counts)
            },
            incarnation: incarnation,
            bookings: try bookings.given("bookings", in: "").known { booking throws(MessageError) in
                try booking.booking(else: &unknown)
            },
            changes: try changes.known { change throws(MessageError) in try change.change() },
            events: try events.given("events", in: "").known { event throws(MessageError) in
                try event.state(else: &unknown)
            }, unknown: unknown)
    }
}

extension JSONReader {
    fileprivate mutating func elements<Element>(
        _ read: (inout JSONReader) throws(JSONError) -> Element
    ) throws(JSONError) -> [Element] {
        var elements: [Element] = []
        var array = try beginArray()
        while try nextElement(in: &array) { elements.append(try read(&self)) }
        return elements
    }
}

extension Array {
    /// What `read` makes of those elements that it knows. (`compactMap` does not say what it throws.)
    fileprivate func known<Known>(
        _ read: (Element) throws(MessageError) -> Known?
    ) throws(MessageError) -> [Known] {
        var known: [Known] = []
        known.reserveCapacity(count)
        for element in self {
            if let element = try read(element) { known.append(element) }
        }
        return known
    }
}

/// A booking as it stands in a message, its members as far as they are there.
private struct WireBooking {
    private var bookingKey: ArraySlice<UInt8>?
    private var eventId: ArraySlice<UInt8>?
    private var userId: ArraySlice<UInt8>?
    private var items: [WireItem]?
    private var flags: Int64 = 0
    private var status: String?
    private var reason: String?
    private var sequence: Int64?
    private var asOfSequence: Int64?
    private var expiresAt: Int64?
    private var extendableUntil: Int64?
    private var paying = false
    private var createdAt: Int64?
    private var decidedAt: Int64?

    init(from reader: inout JSONReader) throws(JSONError) {
        var object = try reader.beginObject()
        while let name = try reader.nextName(in: &object) {
            switch name {
            case "bookingKey": bookingKey = try reader.bytesOfString()
            case "eventId": eventId = try reader.bytesOfString()
            case "userId": userId = try reader.bytesOfString()
            case "items": items = try WireItem.items(from: &reader)
            case "flags": flags = try reader.integer()
            case "status": status = try reader.string()
            case "reason": reason = try reader.string()
            case "sequence": sequence = try reader.integer()
            case "asOfSequence": asOfSequence = try reader.integer()
            case "expiresAtMicroseconds": expiresAt = try reader.integer()
            case "extendableUntilMicroseconds": extendableUntil = try reader.integer()
            case "paying": paying = try reader.bool()
            case "createdAtMicroseconds": createdAt = try reader.integer()
            case "decidedAtMicroseconds": decidedAt = try reader.integer()
            default: _ = try reader.skipValue()
            }
        }
    }

    /// The booking, when its status is known here.
    func booking(else unknown: inout UnknownOutcomes) throws(MessageError) -> Booking? {
        guard let key = bookingKey.flatMap({ BookingKey(text: $0) }),
            let event = eventId.flatMap({ EventID(text: $0) })
        else { throw MessageError("bookingKey or eventId is not a UUID") }
        guard let status = BookingStatus(rawValue: try status.given("status", in: "bookings"))
        else {
            unknown.bookings.append(key)
            return nil
        }
        guard status != .pending else { throw MessageError(invalid: "status", in: "bookings") }
        let user = userId.flatMap { UserID(text: $0) }
        guard (user == nil) == (userId == nil) else { throw MessageError("userId is not a UUID") }
        var basket: Basket?
        if let items { basket = try Basket(items) }
        let sequence = try sequence.given(
            "sequence", in: "bookings", within: BookingLimits.ordinals)
        return Booking(
            key: key, event: event, user: user, basket: basket,
            flags: BookingID.Flags(
                rawValue: UInt8(try flags.checked("flags", in: "bookings", within: 0...15))),
            status: status,
            // What it came to is clear without a reason, too.
            reason: reason.flatMap(Reason.init),
            sequence: sequence,
            asOfSequence: try (asOfSequence ?? sequence).checked(
                "asOfSequence", in: "bookings", within: sequence...BookingLimits.counts.upperBound),
            createdAt: try Self.instant(createdAt, "createdAtMicroseconds"),
            decidedAt: try Self.instant(decidedAt, "decidedAtMicroseconds"),
            hold: try hold(of: status))
    }

    /// The hold of what is held, unless the worker is of a version that did not tell.
    private func hold(of status: BookingStatus) throws(MessageError) -> Hold? {
        guard status == .held, expiresAt != nil, extendableUntil != nil else { return nil }
        return Hold(
            expiresAt: try Self.instant(expiresAt, "expiresAtMicroseconds"),
            extendableUntil: try Self.instant(extendableUntil, "extendableUntilMicroseconds"),
            isPaying: paying)
    }

    private static func instant(
        _ microseconds: Int64?, _ member: StaticString
    ) throws(MessageError) -> Instant {
        Instant(
            microsecondsSinceEpoch: try microseconds.given(
                member, in: "bookings", within: BookingLimits.microseconds))
    }
}

/// What a change came to, as it stands in a message.
private struct WireChange {
    private var changeId: ArraySlice<UInt8>?
    private var eventId: ArraySlice<UInt8>?
    private var bookingKey: ArraySlice<UInt8>?
    private var sequence: Int64?
    private var refusal: String?

    init(from reader: inout JSONReader) throws(JSONError) {
        var object = try reader.beginObject()
        while let name = try reader.nextName(in: &object) {
            switch name {
            case "changeId": changeId = try reader.bytesOfString()
            case "eventId": eventId = try reader.bytesOfString()
            case "bookingKey": bookingKey = try reader.bytesOfString()
            case "sequence": sequence = try reader.integer()
            case "refusal": refusal = try reader.string()
            default: _ = try reader.skipValue()
            }
        }
    }

    /// The change, unless it was refused in words that this program does not know: the database has it.
    func change() throws(MessageError) -> Change? {
        guard let id = changeId.flatMap({ CommandID(text: $0) }),
            let event = eventId.flatMap({ EventID(text: $0) }),
            let booking = bookingKey.flatMap({ BookingKey(text: $0) })
        else { throw MessageError("changeId, eventId or bookingKey is not a UUID") }
        let known = refusal.flatMap(Change.Refusal.init)
        guard refusal == nil || known != nil else { return nil }
        return Change(
            command: id, event: event, booking: booking,
            sequence: try sequence.given(
                "sequence", in: "changes", within: BookingLimits.ordinals), refusal: known)
    }
}

/// How an event stands, as it stands in a message.
private struct WireEvent {
    private var eventId: ArraySlice<UInt8>?
    private var version: Int64?
    private var sequence: Int64?
    private var status: String?
    private var ticketTypes: [WireTicketType]?

    init(from reader: inout JSONReader) throws(JSONError) {
        var object = try reader.beginObject()
        while let name = try reader.nextName(in: &object) {
            switch name {
            case "eventId": eventId = try reader.bytesOfString()
            case "version": version = try reader.integer()
            case "sequence": sequence = try reader.integer()
            case "status": status = try reader.string()
            case "ticketTypes": ticketTypes = try reader.elements(WireTicketType.init)
            default: _ = try reader.skipValue()
            }
        }
    }

    /// How the event stands, when its status is known here.
    func state(else unknown: inout UnknownOutcomes) throws(MessageError) -> EventState? {
        guard let event = eventId.flatMap({ EventID(text: $0) }) else {
            throw MessageError("eventId is not a UUID")
        }
        guard let status = EventStatus(rawValue: try status.given("status", in: "events")) else {
            unknown.events.append(event)
            return nil
        }
        return EventState(
            id: event,
            version: try version.given("version", in: "events", within: BookingLimits.ordinals),
            sequence: try sequence.given("sequence", in: "events", within: BookingLimits.counts),
            status: status, ticketTypes: try states())
    }

    private func states() throws(MessageError) -> [TicketTypeState] {
        var states: [TicketTypeState] = []
        for type in try ticketTypes.given("ticketTypes", in: "events") {
            let state = try type.state()
            if let last = states.last, last.number >= state.number {
                throw MessageError(invalid: "ticketTypes", in: "events")
            }
            states.append(state)
        }
        return states
    }
}

private struct WireTicketType {
    private var number: Int64?
    private var capacity: Int64?
    private var available: Int64?
    private var held: Int64 = 0

    init(from reader: inout JSONReader) throws(JSONError) {
        var object = try reader.beginObject()
        while let name = try reader.nextName(in: &object) {
            switch name {
            case "number": number = try reader.integer()
            case "capacity": capacity = try reader.integer()
            case "available": available = try reader.integer()
            case "held": held = try reader.integer()
            default: _ = try reader.skipValue()
            }
        }
    }

    func state() throws(MessageError) -> TicketTypeState {
        let place = "events/ticketTypes"
        guard let number = TicketTypeNumber(Int(try number.given("number", in: place))) else {
            throw MessageError("a ticket type's number is out of range")
        }
        let capacity = try capacity.given(
            "capacity", in: place, within: 1...Int64(BookingLimits.capacityMax))
        return TicketTypeState(
            number: number, capacity: Int(capacity),
            available: Int(try available.given("available", in: place, within: 0...capacity)),
            held: Int(try held.checked("held", in: place, within: 0...capacity)))
    }
}
