import BookingDomain
import JSON
import ProblemDetails

/// An event as its organizer asks for it.
struct EventDraft: Hashable, Sendable {
    let title: String
    let venue: String?
    let startsAt: Instant
    let endsAt: Instant?
    let status: EventStatus
    let isListed: Bool
    let terms: EventTerms
    let ticketTypes: [TicketTypeDraft]
}

/// A ticket type as an organizer asks for it.
struct TicketTypeDraft: Hashable, Sendable {
    let name: String
    let capacity: Int
    let price: Money?
    let maxPerUser: Int?
}

/// The limits of what an event may look like, beyond those of the domain.
enum EventLimits {
    static let text = 1...200
    static let priceAmount = 0...BookingLimits.priceAmountMax
    static let maxPerUser = 1...BookingLimits.maxPerUserMax
}

extension EventDraft {
    init(_ body: JSONValue) throws(Problem) {
        self = try FieldReader.read(body) { reader, body in reader.event(&body) }
    }

    /// Refuses an event that is over: nobody could go, and it would count for no limit of its organizer's.
    func refuseIfOver(at now: Instant) throws(Problem) {
        guard Event.overAt(startsAt: startsAt, endsAt: endsAt) <= now else { return }
        var reader = FieldReader()
        if endsAt == nil {
            reader.refuse(.member("startsAt"), "must not be more than a day ago")
        } else {
            reader.refuse(.member("endsAt"), "must not be in the past")
        }
        try reader.finish(())
    }
}

extension FieldReader {
    fileprivate mutating func event(_ body: inout Members) -> EventDraft? {
        let title = line(body["title"], length: EventLimits.text)
        let venue = body["venue"].ifGiven.flatMap { line($0, length: EventLimits.text) }
        let startsAt = instant(body["startsAt"])
        let end = body["endsAt"]
        let endsAt = end.ifGiven.flatMap { instant($0) }
        if let startsAt, let endsAt, endsAt <= startsAt { refuse(end, "must be after startsAt") }
        let status = body["status"].ifGiven.map { choice($0, of: [EventStatus.draft, .onSale]) }
        let isListed = body["listed"].ifGiven.map { boolean($0) }
        let terms = terms(&body)
        let count = 1...BookingLimits.ticketTypesPerEventMax
        let fields = elements(body["ticketTypes"], count: count)
        let ticketTypes = fields?.map { ticketType($0) }
        compare(zip(fields ?? [], ticketTypes ?? []))
        guard errors.isEmpty, let title, let startsAt, let ticketTypes,
            let status = status ?? .onSale, let isListed = isListed ?? true, let terms
        else { return nil }
        return EventDraft(
            title: title, venue: venue, startsAt: startsAt, endsAt: endsAt, status: status,
            isListed: isListed, terms: terms, ticketTypes: ticketTypes.compactMap { $0 })
    }

    private mutating func terms(_ body: inout Members) -> EventTerms? {
        let hold = body["holdSeconds"].ifGiven.map {
            integer($0, in: EventTerms.holdSecondsRange)
        }
        let grace = body["paymentGraceSeconds"].ifGiven.map {
            integer($0, in: EventTerms.paymentGraceSecondsRange)
        }
        guard let hold = hold ?? EventTerms.holdSecondsDefault,
            let grace = grace ?? EventTerms.paymentGraceSecondsDefault
        else { return nil }
        return EventTerms(holdSeconds: hold, paymentGraceSeconds: grace)
    }

    /// Refuses ticket types of one name, and prices in several currencies.
    private mutating func compare(_ types: Zip2Sequence<[Field], [TicketTypeDraft?]>) {
        var names: Set<String> = []
        var currency: String?
        for case (let field, let type?) in types {
            if !names.insert(SingleRowText.seen(type.name)).inserted {
                refuse(field.member("name"), "must differ from those of the other ticket types")
            }
            guard let price = type.price else { continue }
            if currency ?? price.currency != price.currency {
                refuse(
                    field.member("price").member("currency"),
                    "must be that of the other prices: an event has one currency")
            }
            currency = currency ?? price.currency
        }
    }

    private mutating func ticketType(_ field: Field) -> TicketTypeDraft? {
        object(field) { reader, type in
            let name = reader.line(type["name"], length: EventLimits.text)
            let capacity = reader.integer(type["capacity"], in: 1...BookingLimits.capacityMax)
            let price = type["price"].ifGiven.flatMap { reader.money($0) }
            let maxPerUser = type["maxPerUser"].ifGiven.flatMap {
                reader.integer($0, in: EventLimits.maxPerUser)
            }
            guard let name, let capacity else { return nil }
            return TicketTypeDraft(
                name: name, capacity: capacity, price: price, maxPerUser: maxPerUser)
        }
    }

    private mutating func money(_ field: Field) -> Money? {
        object(field) { reader, money in
            let amount = reader.integer(money["amount"], in: EventLimits.priceAmount)
            let currencyField = money["currency"]
            let currency = reader.text(currencyField, length: 3...3)
            guard let amount, let currency else { return nil }
            guard let known = Currency(currency),
                let money = Money(amount: Int64(amount), currency: known.code)
            else {
                reader.refuse(currencyField, "must be a currency of ISO 4217, as EUR")
                return nil
            }
            return money
        }
    }

    private mutating func instant(_ field: Field) -> Instant? {
        guard let text = text(field, length: 0...64) else { return nil }
        guard let instant = Instant(rfc3339: text) else {
            refuse(field, "must be a time as in RFC 3339, for instance 2026-12-31T20:00:00Z")
            return nil
        }
        guard BookingLimits.times.contains(instant) else {
            refuse(field, "must be in the years 1970 to 9999 in UTC")
            return nil
        }
        return instant
    }
}

/// An event as clients see it.
struct EventView: JSONWritable {
    let event: Event

    init(_ event: Event) { self.event = event }

    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.name("id")
            writer.plainString { event.id.append(to: &$0) }
            writer.name("title")
            writer.string(event.title)
            writer.name("status")
            writer.string(event.status.rawValue)
            writer.name("startsAt")
            writer.time(event.startsAt)
            if let endsAt = event.endsAt {
                writer.name("endsAt")
                writer.time(endsAt)
            }
            if let venue = event.venue {
                writer.name("venue")
                writer.string(venue)
            }
            writer.name("listed")
            writer.bool(event.isListed)
            writer.name("holdSeconds")
            writer.integer(event.terms.holdSeconds)
            writer.name("paymentGraceSeconds")
            writer.integer(event.terms.paymentGraceSeconds)
            writer.name("ticketTypes")
            writer.array { writer in
                for type in event.ticketTypes { write(type, to: &writer) }
            }
            writer.name("version")
            writer.integer(event.version)
        }
    }

    private func write(_ type: TicketType, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.name("id")
            writer.plainString {
                TicketTypeID(event: event.id, number: type.number).append(to: &$0)
            }
            writer.name("name")
            writer.string(type.name)
            writer.name("capacity")
            writer.integer(type.stock.capacity)
            writer.name("available")
            writer.integer(type.stock.available)
            if let price = type.price {
                writer.name("price")
                writer.money(price)
            }
            if let maxPerUser = type.maxPerUser {
                writer.name("maxPerUser")
                writer.integer(maxPerUser)
            }
        }
    }
}

extension JSONWriter {
    mutating func money(_ money: Money) {
        object { writer in
            writer.name("amount")
            writer.integer(money.amount)
            writer.name("currency")
            writer.string(money.currency)
        }
    }
}
