import BookingDomain
import BookingHistory
import FoundationEssentials

/// A toy keyed hash: enough to tell keys and messages apart, and to run without a library.
struct ToyAuthenticator: MessageAuthenticator {
    func authenticationCode(for message: [UInt8]) -> [UInt8] {
        (1...4).flatMap { lane -> [UInt8] in
            var state = 0xcbf2_9ce4_8422_2325 ^ UInt64(lane) &* 0x9e37_79b9_7f4a_7c15
            for byte in message {
                state = (state ^ UInt64(byte)) &* 0x100_0000_01b3
                state ^= state >> 29
            }
            return (0..<8).map { UInt8(truncatingIfNeeded: state >> (8 * $0)) }
        }
    }
}

/// SplitMix64, so that a seed makes the same run everywhere.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var bits = state
        bits = (bits ^ bits >> 30) &* 0xbf58_476d_1ce4_e5b9
        bits = (bits ^ bits >> 27) &* 0x94d0_49bb_1331_11eb
        return bits ^ bits >> 31
    }
}

extension RunModel {
    static func now(at time: Int64) -> Instant {
        Instant(microsecondsSinceEpoch: began + time)
    }

    static func user(_ number: Int) -> UserID {
        UserID(now: now(at: 0), random: UInt128(number) << 64)
    }

    /// An event before its first command.
    static func opening(
        _ id: EventID, _ types: [PlannedEvent.TicketType], _ organizer: UserID
    ) -> Event {
        Event(
            id: id, organizer: organizer, title: "A night", venue: nil, startsAt: now(at: 0),
            endsAt: nil, createdAt: now(at: 0), status: .onSale, version: 1, sequence: 0,
            ticketTypes: types.compactMap { type in
                TicketTypeID(type.id).map {
                    TicketType(
                        number: $0.number, name: type.id, price: nil, maxPerUser: type.maxPerUser,
                        stock: Stock(capacity: type.capacity))
                }
            },
            terms: EventTerms(holdSeconds: holdSeconds, paymentGraceSeconds: 120) ?? EventTerms())
    }
}

extension BookingID {
    /// The document of a booking that is in the line.
    func pending(_ booking: Booking?) -> AnsweredBooking {
        AnsweredBooking(
            id: description, eventId: event.description, status: "pending", items: items,
            createdAt: booking?.createdAt.text)
    }

    /// The document of a booking that is decided.
    func document(_ booking: Booking) -> AnsweredBooking {
        AnsweredBooking(
            id: description, eventId: event.description, status: booking.status.rawValue,
            reason: booking.reason?.rawValue, items: items, sequence: booking.sequence,
            asOfSequence: booking.asOfSequence, createdAt: booking.createdAt.text,
            decidedAt: booking.decidedAt.text, expiresAt: booking.hold?.expiresAt.text)
    }

    private var items: [ItemDocument] {
        basket.items.map {
            ItemDocument(
                ticketTypeId: "\(event).\($0.ticketType)", quantity: $0.quantity.rawValue)
        }
    }
}

extension Instant {
    /// RFC 3339, the way the API writes it.
    var text: String {
        let (seconds, fraction) = microsecondsSinceEpoch.quotientAndRemainder(dividingBy: 1_000_000)
        let whole = Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601).dropLast()
        let digits = String(String(1_000_000 + fraction).dropFirst())
        if fraction == 0 { return "\(whole)Z" }
        return fraction % 1000 == 0 ? "\(whole).\(digits.prefix(3))Z" : "\(whole).\(digits)Z"
    }
}

extension Basket {
    /// A basket from quantities by ticket type.
    static func of(_ items: [Int: Int]) -> Basket {
        let items = items.compactMap { type, quantity in
            TicketTypeNumber(type).flatMap { type in
                Quantity(quantity).map { BasketItem(ticketType: type, quantity: $0) }
            }
        }
        guard let basket = Basket(items) else { fatalError("no basket") }
        return basket
    }
}

extension ShardNumber {
    static func number(_ value: Int) -> ShardNumber {
        guard let shard = ShardNumber(value) else { fatalError("no shard \(value)") }
        return shard
    }
}

extension IdempotencyKey {
    static func of(_ text: String) -> IdempotencyKey {
        guard let key = IdempotencyKey(text) else { fatalError("no key") }
        return key
    }
}
