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
        startsAt: Instant = now, endsAt: Instant? = nil, terms: EventTerms = EventTerms(),
        expiringUntil: Instant? = nil
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
            ticketTypes: types, terms: terms, expiringUntil: expiringUntil)
    }

    static func book(_ number: Int, user: Int? = nil, _ items: [Int: Int] = [1: 1]) -> Command {
        .book(
            .of(items), as: key(number), of: event, by: self.user(user ?? number), at: now)
    }
}

extension Fixture {
    /// Seconds after ``now``.
    static func time(_ seconds: Int64) -> Instant { now.advanced(by: .seconds(seconds)) }

    static func terms(hold: Int, grace: Int) -> EventTerms {
        guard let terms = EventTerms(holdSeconds: hold, paymentGraceSeconds: grace) else {
            fatalError("no terms")
        }
        return terms
    }

    static func hold(_ number: Int, user: Int? = nil, _ items: [Int: Int] = [1: 1]) -> Command {
        .book(
            .of(items), holding: true, as: key(number), of: event,
            by: self.user(user ?? number), at: now)
    }

    /// A change to booking `number`; `request` tells one from another of its kind.
    static func change(
        _ verb: Command.Verb, _ number: Int, request: Int = 0, user: Int? = nil
    ) -> Command {
        let place = UInt128(Command.Verb.allCases.firstIndex(of: verb) ?? 0)
        return Command(
            id: CommandID(bits: key(number).bits ^ (place + 1) << 96 ^ UInt128(request + 1)),
            event: event, actor: self.user(user ?? number), acceptedAt: now,
            body: .change(verb, of: key(number)))
    }

    static func tick(_ seconds: Int64) -> Command { .tick(event, at: time(seconds)) }

    static func unreadable(_ number: Int) -> Command {
        .undecodable(key(number), of: event, by: user(number))
    }
}

struct BadFixture: Error {}

extension EventLedger {
    /// Applies a command that makes a booking; where the booking stands then.
    mutating func decide(_ command: Command, at now: Instant) -> Booking {
        _ = apply(command, at: now)
        guard let booking = command.booking.flatMap({ self.booking($0) }) else {
            preconditionFailure("the command made no booking")
        }
        return booking
    }
}

extension Batch {
    /// The bookings that were made.
    var made: [Booking] { effects.flatMap(\.made) }
}

extension EventLedger {
    /// The stock of the first ticket type, as (available, held, confirmed).
    var counts: [Int] {
        guard let stock = ticketTypes.values.min(by: { $0.number < $1.number })?.stock else {
            return []
        }
        return [stock.available, stock.held, stock.confirmed]
    }

    /// Applies a command that is new; its entry.
    mutating func enter(_ command: Command, at now: Instant) throws -> Entry {
        guard case .applied(let entry) = apply(command, at: now) else { throw BadFixture() }
        return entry
    }

    /// Tells the ledger what is held, as a look-up in the database would, and applies a tick.
    mutating func tick(
        _ seconds: Int64, holding numbers: some Sequence<Int>, at now: Instant
    ) -> Application {
        let held = numbers.compactMap { booking(Fixture.key($0)) }
            .filter { $0.status == .held }
            .sorted {
                guard let left = $0.hold?.expiresAt, let right = $1.hold?.expiresAt else {
                    return false
                }
                return (left, $0.sequence) < (right, $1.sequence)
            }
        recall(
            DueBookings(
                Array(held.prefix(DueBookings.max)), isCut: held.count >= DueBookings.max))
        return apply(Fixture.tick(seconds), at: now)
    }
}
