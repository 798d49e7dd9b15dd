import BookingDomain

/// A toy keyed hash: enough to tell keys and messages apart, and to run without a library.
struct ToyAuthenticator: MessageAuthenticator {
    var key: UInt64 = 7

    func authenticationCode(for message: [UInt8]) -> [UInt8] {
        var code: [UInt8] = []
        for lane in 0..<UInt64(4) {
            var state = 0xcbf2_9ce4_8422_2325 ^ key &* (lane + 1) &* 0x9e37_79b9_7f4a_7c15
            for byte in message {
                state = (state ^ UInt64(byte)) &* 0x100_0000_01b3
                state ^= state >> 29
            }
            code += (0..<8).map { UInt8(truncatingIfNeeded: state >> (8 * $0)) }
        }
        return code
    }
}

extension ShardNumber {
    static func number(_ value: Int) -> ShardNumber {
        guard let shard = ShardNumber(value) else { fatalError("no shard \(value)") }
        return shard
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

enum Fixture {
    static let now = Instant(microsecondsSinceEpoch: 1_795_219_200_000_000)
    static let event = EventID(shard: .number(2), now: now, random: 42)

    static func user(_ number: Int) -> UserID {
        UserID(now: now, random: UInt128(number) << 64)
    }

    static func key(_ number: Int) -> BookingKey {
        guard let key = IdempotencyKey("request \(number)") else { fatalError("no key") }
        return BookingKey(
            user: user(0), event: event, idempotencyKey: key, authenticator: ToyAuthenticator())
    }

    /// An event with ticket types of the given capacities, numbered from 1.
    static func event(
        capacities: [Int], maxPerUser: Int? = nil, status: EventStatus = .onSale,
        startsAt: Instant = now, endsAt: Instant? = nil
    ) -> Event {
        let types = capacities.enumerated().compactMap { index, capacity in
            TicketTypeNumber(index + 1).map {
                TicketType(
                    number: $0, name: "type \($0)", price: nil, maxPerUser: maxPerUser,
                    stock: Stock(capacity: capacity))
            }
        }
        return Event(
            id: event, organizer: user(999), title: "A night", venue: nil, startsAt: startsAt,
            endsAt: endsAt, createdAt: now, status: status, version: 1, sequence: 0,
            ticketTypes: types)
    }

    static func book(_ number: Int, user: Int? = nil, _ items: [Int: Int] = [1: 1]) -> Command {
        .book(
            BookCommand(
                key: key(number), user: self.user(user ?? number), basket: .of(items),
                submittedAt: now))
    }
}

extension Application {
    var booking: Booking {
        switch self {
        case .decided(let booking), .repeated(let booking): booking
        }
    }
}
