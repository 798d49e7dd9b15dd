import BookingDomain

extension OutcomeMessage {
    package func encoded() throws(MessageError) -> [UInt8] {
        try MessageCoding.encode(WireOutcomes(self))
    }

    package init(body: [UInt8], type: String?) throws(MessageError) {
        guard type == OutcomeMessage.type else {
            throw MessageError("the message's type is not \(OutcomeMessage.type)")
        }
        let wire = try MessageCoding.decode(WireOutcomes.self, from: body)
        guard let shard = ShardNumber(wire.shard) else {
            throw MessageError("shard is out of range")
        }
        var bookings: [Booking] = []
        for booking in wire.bookings { bookings.append(try booking.booking()) }
        var events: [EventState] = []
        for event in wire.events { events.append(try event.state()) }
        self.init(shard: shard, batch: wire.batch, bookings: bookings, events: events)
    }
}

private struct WireOutcomes: Codable {
    let shard: Int
    let batch: Int64
    let bookings: [WireBooking]
    let events: [WireEvent]

    init(_ message: OutcomeMessage) {
        shard = message.shard.rawValue
        batch = message.batch
        bookings = message.bookings.map(WireBooking.init)
        events = message.events.map(WireEvent.init)
    }
}

private struct WireBooking: Codable {
    let bookingKey: String
    let eventId: String
    let userId: String?
    let items: [WireItem]?
    let status: String
    let reason: String?
    let sequence: Int64
    let createdAtMicroseconds: Int64
    let decidedAtMicroseconds: Int64

    init(_ booking: Booking) {
        bookingKey = booking.key.description
        eventId = booking.event.description
        userId = booking.user?.description
        items = booking.basket?.items.map(WireItem.init)
        status = booking.status.rawValue
        reason = booking.reason?.rawValue
        sequence = booking.sequence
        createdAtMicroseconds = booking.createdAt.microsecondsSinceEpoch
        decidedAtMicroseconds = booking.decidedAt.microsecondsSinceEpoch
    }

    func booking() throws(MessageError) -> Booking {
        guard let key = BookingKey(bookingKey), let event = EventID(eventId) else {
            throw MessageError("bookingKey or eventId is not a UUID")
        }
        guard let status = BookingStatus(rawValue: status) else {
            throw MessageError("status is not known")
        }
        guard reason == nil || reason.flatMap(Reason.init) != nil else {
            throw MessageError("reason is not known")
        }
        guard userId == nil || userId.flatMap({ UserID($0) }) != nil else {
            throw MessageError("userId is not a UUID")
        }
        var basket: Basket?
        if let items { basket = try Basket(items) }
        return Booking(
            key: key, event: event, user: userId.flatMap { UserID($0) }, basket: basket,
            status: status, reason: reason.flatMap(Reason.init), sequence: sequence,
            createdAt: Instant(microsecondsSinceEpoch: createdAtMicroseconds),
            decidedAt: Instant(microsecondsSinceEpoch: decidedAtMicroseconds))
    }
}

private struct WireEvent: Codable {
    let eventId: String
    let version: Int64
    let sequence: Int64
    let status: String
    let ticketTypes: [WireTicketType]

    struct WireTicketType: Codable {
        let number: Int
        let capacity: Int
        let available: Int
    }

    init(_ state: EventState) {
        eventId = state.id.description
        version = state.version
        sequence = state.sequence
        status = state.status.rawValue
        ticketTypes = state.ticketTypes.map {
            WireTicketType(
                number: Int($0.number.rawValue), capacity: $0.capacity, available: $0.available)
        }
    }

    func state() throws(MessageError) -> EventState {
        guard let event = EventID(eventId) else { throw MessageError("eventId is not a UUID") }
        guard let status = EventStatus(rawValue: status) else {
            throw MessageError("an event's status is not known")
        }
        var types: [TicketTypeState] = []
        for type in ticketTypes {
            guard let number = TicketTypeNumber(type.number) else {
                throw MessageError("a ticket type's number is out of range")
            }
            types.append(
                TicketTypeState(number: number, capacity: type.capacity, available: type.available))
        }
        return EventState(
            id: event, version: version, sequence: sequence, status: status, ticketTypes: types)
    }
}
