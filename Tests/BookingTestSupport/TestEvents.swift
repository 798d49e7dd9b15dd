package import BookingDomain

/// Events, users and commands for tests that need some and do not care which.
package enum TestEvents {
    /// A fixed present; no test cares which.
    package static let now = Instant(microsecondsSinceEpoch: 1_795_219_200_000_000)

    /// Long after whenever a test runs.
    package static let farAway = Instant(microsecondsSinceEpoch: 32_503_680_000_000_000)

    package static func user() -> UserID {
        UserID(now: now, random: UInt128.random(in: .min ... .max))
    }

    /// An event on sale with ticket types of the given capacities, numbered from 1; `limits` go before
    /// `maxPerUser`.
    package static func event(
        shard: Int = 0, capacities: [Int] = [10], maxPerUser: Int? = nil,
        limits: [Int: Int] = [:], organizer: UserID? = nil, status: EventStatus = .onSale,
        endsAt: Instant? = farAway, isListed: Bool = true
    ) throws -> Event {
        let types = try capacities.enumerated().map { index, capacity in
            TicketType(
                number: try TicketTypeNumber(index + 1).orThrow(), name: "Type \(index + 1)",
                price: Money(amount: 1250, currency: "EUR"),
                maxPerUser: limits[index + 1] ?? maxPerUser,
                stock: Stock(capacity: capacity))
        }
        return Event(
            id: EventID(
                shard: try ShardNumber(shard).orThrow(), now: now,
                random: UInt64.random(in: .min ... .max)),
            organizer: organizer ?? user(), title: "A night at the opera", venue: "Opera",
            startsAt: now, endsAt: endsAt, createdAt: now, status: status, version: 1, sequence: 0,
            ticketTypes: types, isListed: isListed)
    }

    /// A command of a new booking.
    package static func book(
        _ event: EventID, user: UserID? = nil, items: [Int: Int] = [1: 1], holding: Bool = false
    ) throws -> Command {
        .book(
            try basket(items), holding: holding, as: try key(for: event), of: event,
            by: user ?? self.user(), at: now)
    }

    /// A new command that asks to change what another has booked.
    package static func change(_ verb: Command.Verb, of booking: Command) -> Command {
        Command(
            id: CommandID(bits: UInt128.random(in: .min ... .max)), event: booking.event,
            actor: booking.actor, acceptedAt: now, body: .change(verb, of: booking.key))
    }

    /// A key nobody else has.
    package static func key(for event: EventID) throws -> BookingKey {
        let random = UInt128.random(in: .min ... .max)
        let fixed: UInt128 = 0xFFFF << 64
        return BookingKey(
            bits: random & ~fixed | 0x8 << 76 | UInt128(event.shard.rawValue) << 64)
    }

    package static func basket(_ items: [Int: Int]) throws -> Basket {
        try Basket(
            items.map { type, quantity in
                BasketItem(
                    ticketType: try TicketTypeNumber(type).orThrow(),
                    quantity: try Quantity(quantity).orThrow())
            }
        ).orThrow()
    }
}

/// A test's own data are not what they should be.
package struct BadTestData: Error {
    package init() {}
}

extension Optional {
    package func orThrow() throws -> Wrapped {
        guard let self else { throw BadTestData() }
        return self
    }
}

extension Command {
    /// The key of the booking that the command is about; of no booking, for a tick.
    package var key: BookingKey { booking ?? BookingKey(bits: 0) }

    /// The basket that is to be booked.
    package var basket: Basket? { if case .book(let basket, _) = body { basket } else { nil } }
}

extension Batch {
    /// The bookings that were made, event by event.
    package var made: [Booking] { effects.flatMap(\.made) }

    /// Where the bookings stand that commands were about which came again.
    package var repeatedBookings: [Booking] {
        repeated.compactMap { ledgers[$0.event]?.booking($0.key) }
    }
}
