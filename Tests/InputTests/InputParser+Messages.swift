import BookingDomain
import BookingMessages
import JSON

@testable import BookingIngress

// The two messages, and what is done with them.
extension InputParser {
    static let messages = [
        InputParser("command-message", [commands]) { bytes in
            guard
                let received = try? ReceivedCommands(
                    body: bytes, type: CommandMessage.type, queueOf: event)
            else { return false }
            var ledger = EventLedger(sold)
            for entry in received.entries {
                switch entry {
                case .command(let command):
                    let before = ledger.sequence
                    _ = ledger.apply(command, at: now)
                    try Unsound.unless(ledger.sequence - before <= 1, "a sequence is left out")
                case .poison(let poison):
                    // It lies in the queue of the dead, from where it may come back.
                    _ = try? ReceivedCommands(
                        body: poison.body, type: CommandMessage.type, queueOf: event)
                }
            }
            var batch = Batch([event: ledger])
            for case .command(let command) in received.entries {
                _ = batch.apply(command, at: now)
            }
            _ = batch.effects.longestWait.clampedMilliseconds
            for effect in batch.effects {
                guard let page = LogPage(effect.entries, of: event) else { continue }
                try Unsound.unless(page.entries == effect.entries, "its log is written wrong")
            }
            return received.entries.contains { entry in
                if case .command = entry { true } else { false }
            }
        },
        InputParser("outcome-message", [outcomes]) { bytes in
            guard let message = try? OutcomeMessage(body: bytes, type: OutcomeMessage.type) else {
                return false
            }
            let again = try? OutcomeMessage(body: message.encoded, type: OutcomeMessage.type)
            // What is told in words of another version is named, and not told on.
            let known = OutcomeMessage(
                shard: message.shard, batch: message.batch, previousBatch: message.previousBatch,
                incarnation: message.incarnation, bookings: message.bookings,
                changes: message.changes,
                events: message.events)
            try Unsound.unless(again == known, "it is written wrong")
            hear(message)
            return !message.bookings.isEmpty && !message.events.isEmpty
        },
    ]

    /// Does what an ingress does with a message.
    private static func hear(_ message: OutcomeMessage) {
        var catalog = CatalogMemory<Int>(eventsMax: 4, loadsMax: 4)
        catalog.insert(sold, at: .now)
        for state in message.events { catalog.apply(state) }
        catalog.forget(message.unknown.events)
        if case .known(let event, age: _) = catalog.find(event, at: .now).finding {
            _ = EventView(event).rendered
        }
        StockWatch().heard(message.events)
        var outcomes = OutcomeMemory<Int>(outcomesMax: 2, waitersMax: 2, waitersPerUserMax: 1)
        for booking in message.bookings {
            guard let basket = booking.basket, let user = booking.user else { continue }
            _ = outcomes.register(1, for: booking.reference, of: user)
            let id = BookingID(
                key: booking.key, event: booking.event, basket: basket, user: user,
                authenticator: FixedAuthenticator())
            _ = BookingView(booking, id: id).rendered
        }
        _ = outcomes.deliver(message.bookings)
    }

    private static let now = Instant(microsecondsSinceEpoch: 1_795_219_200_000_000)
    private static let event = EventID(bits: 0x019A_9F2C_0000_7002_8000_0000_0000_002A)

    /// The event that the samples are about.
    private static let sold = Event(
        id: event, organizer: UserID(bits: 7), title: "T", venue: nil, startsAt: now, endsAt: nil,
        createdAt: now, status: .onSale, version: 1, sequence: BookingLimits.counts.upperBound,
        ticketTypes: [1, 3].compactMap { number in
            TicketTypeNumber(number).map {
                TicketType(
                    number: $0, name: "N", price: nil, maxPerUser: 3, stock: Stock(capacity: 3))
            }
        })

    private static let commands = """
        {"eventId":"019a9f2c-0000-7002-8000-00000000002a","commands":[{"kind":"book",\
        "bookingKey":"5f2b8c1e-9a3d-8002-b1c4-7e6f5a4d3c2b",\
        "userId":"019a9f2c-7b00-7abc-8def-0123456789ab","items":[{"ticketType":1,"quantity":2},\
        {"ticketType":3,"quantity":1}],"submittedAtMicroseconds":1795219200123456}]}
        """
    private static let outcomes = """
        {"shard":2,"batch":17,"bookings":[{"bookingKey":"5f2b8c1e-9a3d-8002-b1c4-7e6f5a4d3c2b",\
        "eventId":"019a9f2c-0000-7002-8000-00000000002a",\
        "userId":"019a9f2c-7b00-7abc-8def-0123456789ab","items":[{"ticketType":1,"quantity":2}],\
        "status":"rejected","reason":"sold_out","sequence":41,\
        "createdAtMicroseconds":1795219200123456,"decidedAtMicroseconds":1795219200130000}],\
        "events":[{"eventId":"019a9f2c-0000-7002-8000-00000000002a","version":9,"sequence":43,\
        "status":"onSale","ticketTypes":[{"number":1,"capacity":100,"available":0},\
        {"number":3,"capacity":10,"available":7}]}]}
        """
}
