import BookingDomain
import BookingMessages
import BookingTestSupport
import Testing

/// Messages of older versions are in the queues while a version is rolled out, and of newer ones while it is
/// taken back.
@Suite("Messages of each release") struct GoldenMessageTests {
    private static let shard = 2
    private static let submittedAt = Instant(microsecondsSinceEpoch: 1_795_219_200_123_456)

    private let event: EventID
    private let commands: [Command]
    private let outcomes: OutcomeMessage

    /// What all releases have recorded: it never changes, and a release that can say more records more.
    init() throws {
        let event = try EventID("019a9f2c-0000-7002-8000-00000000002a").orThrow()
        self.event = event
        let all = Dictionary(uniqueKeysWithValues: (91...100).map { ($0, 50) })
        commands = try [[1: 1], [1: 2, 3: 1], all].enumerated().map { number, items in
            .book(
                try TestEvents.basket(items), as: try Self.key(number), of: event,
                by: try Self.user(number), at: Self.submittedAt)
        }
        let decisions: [(BookingStatus, Reason?)] =
            [
                .confirmed, .held, .waitlisted, .cancelled, .expired,
            ].map { ($0, nil) }
            + [
                (.rejected, .soldOut), (.rejected, .limitExceeded), (.rejected, .eventClosed),
                (.rejected, .unknownTicketType), (.rejected, .deadlinePassed),
                (.failed, .undecodable),
            ]
        let bookings = try decisions.enumerated().map { number, decision in
            Booking(
                key: try Self.key(number), event: event,
                user: decision.0 == .failed ? nil : try Self.user(number),
                basket: decision.0 == .failed ? nil : try TestEvents.basket([1: 2, 7: 3]),
                status: decision.0, reason: decision.1, sequence: Int64(number + 1),
                createdAt: Self.submittedAt,
                decidedAt: Instant(microsecondsSinceEpoch: 1_795_219_200_130_000))
        }
        let states = try [EventStatus.draft, .onSale, .closed].enumerated().map { number, status in
            EventState(
                id: EventID(bits: event.bits + UInt128(number)), version: Int64(number + 1),
                sequence: Int64(number), status: status,
                ticketTypes: [
                    TicketTypeState(
                        number: try TicketTypeNumber(1).orThrow(), capacity: 100, available: 0),
                    TicketTypeState(
                        number: try TicketTypeNumber(7).orThrow(), capacity: 10, available: 7),
                ])
        }
        outcomes = OutcomeMessage(
            shard: try ShardNumber(Self.shard).orThrow(), batch: 17, previousBatch: 16,
            incarnation: "7713986569159711737.00000001.16390", bookings: bookings, events: states)
    }

    private static func key(_ number: Int) throws -> BookingKey {
        try BookingKey("c0ffee00-1234-8002-8abc-def0123456\(70 + number)").orThrow()
    }

    private static func user(_ number: Int) throws -> UserID {
        try UserID("019a9f2c-7b01-7fff-9def-0123456789\(10 + number)").orThrow()
    }

    @Test("There are releases, and what this version writes can be recorded for one")
    func recorded() throws {
        #expect(!GoldenRelease.all.isEmpty)
        try GoldenRelease.recorded?.write(
            CommandMessage(event: event, commands: commands).encoded, to: "commands.v1.json")
        try GoldenRelease.recorded?.write(outcomes.encoded, to: "outcomes.v1.json")
    }

    @Test("A release's commands are read as it meant them", arguments: GoldenRelease.all)
    func commands(of release: GoldenRelease) throws {
        let received = try ReceivedCommands(
            body: release.bytes("commands.v1.json"), type: "booking.commands.v1", queueOf: event)
        #expect(received.unknown == nil)
        let read = received.entries.compactMap { entry in
            if case .command(let command) = entry { command } else { nil }
        }
        #expect(received.entries.count == commands.count)
        #expect(read == commands)
    }

    @Test("A release's outcomes are read as it meant them", arguments: GoldenRelease.all)
    func outcomes(of release: GoldenRelease) throws {
        let message = try OutcomeMessage(
            body: release.bytes("outcomes.v1.json"), type: "booking.outcomes.v1")
        #expect(message == outcomes)
        #expect(message.unknown.isEmpty)
    }
}
