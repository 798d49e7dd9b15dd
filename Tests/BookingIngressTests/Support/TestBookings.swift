import BookingDomain
import BookingMessages
import BookingTestSupport

@testable import BookingIngress

/// What a worker would have made of commands.
enum TestBookings {
    /// The booking that `command` came to.
    static func decided(
        _ command: Command, key: BookingKey? = nil, event: EventID? = nil,
        flags: BookingID.Flags = [],
        status: BookingStatus = .confirmed, reason: Reason? = nil, sequence: Int64 = 1,
        asOfSequence: Int64? = nil, hold: Hold? = nil
    ) throws -> Booking {
        Booking(
            key: key ?? command.key, event: try event ?? TestEvents.event().id, user: command.actor,
            basket: command.basket, flags: flags, status: status, reason: reason,
            sequence: sequence,
            asOfSequence: asOfSequence, createdAt: try command.acceptedAt.orThrow(),
            decidedAt: TestEvents.now, hold: hold)
    }

    /// A hold of ten minutes.
    static let hold = Hold(
        expiresAt: TestEvents.now.advanced(by: .seconds(600)),
        extendableUntil: TestEvents.now.advanced(by: .seconds(1800)), isPaying: false)

    /// The outcomes of all that was published.
    static func decided(_ published: [FakeBroker.Published]) throws -> OutcomeMessage {
        let bookings = try published.flatMap { message in
            try message.commands.map { try decided($0, event: message.event) }
        }
        return OutcomeMessage(
            shard: try published.first.orThrow().event.shard, batch: 1, bookings: bookings,
            events: [])
    }
}

extension TestEvents {
    /// An event with as many ticket types as there may be, and names as long as they may be.
    static func largeEvent() throws -> Event {
        let name = String(repeating: "x", count: EventLimits.text.upperBound)
        let types = try (1...BookingLimits.ticketTypesPerEventMax).map { number in
            TicketType(
                number: try TicketTypeNumber(number).orThrow(), name: name,
                price: Money(amount: 1250, currency: "EUR"), maxPerUser: 10,
                stock: Stock(capacity: BookingLimits.capacityMax))
        }
        return Event(
            id: try event().id, organizer: user(), title: name, venue: name, startsAt: now,
            endsAt: now, createdAt: now, status: .onSale, version: 1, sequence: 0,
            ticketTypes: types)
    }
}
