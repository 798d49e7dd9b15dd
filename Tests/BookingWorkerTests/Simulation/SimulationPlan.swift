import BookingDomain
import BookingMessages
import BookingTestSupport
import BookingWorkerTestSupport

/// What is sold and what is asked for, by a seed.
struct SimulationPlan: Sendable {
    /// A message, and which commands are in it.
    struct Message: Sendable {
        let event: EventID
        let body: [UInt8]
        /// Those that can be read.
        let commands: [Command]
    }

    let shard: ShardNumber
    private(set) var events: [Event] = []
    /// An event that the database does not know.
    let stranger: EventID
    private(set) var messages: [Message] = []
    /// Commands that kill each process that decides them.
    private(set) var killers: Set<BookingKey> = []
    private(set) var refusedUsers: Set<UserID> = []
    private(set) var slowBuyers: [(user: UserID, event: EventID)] = []
    /// Whether owners may take the database's time to be later than it is, as when its clock is put back.
    let isOwnerAhead: Bool

    private let users: [UserID]

    init(_ random: SeededGenerator) throws {
        shard = try ShardNumber(0).orThrow()
        isOwnerAhead = random.chance(perMille: 200)
        stranger = EventID(shard: shard, now: TestEvents.now, random: random.next())
        users = (0..<random.number(in: 2...6)).map { _ in
            UserID(now: TestEvents.now, random: random.bits())
        }
        for _ in 0..<random.number(in: 1...3) { events.append(try Self.event(shard, random)) }
        if random.chance(perMille: 200), let user = random.element(of: users) {
            refusedUsers.insert(user)
        }
        if random.chance(perMille: 200), let user = random.element(of: users),
            let event = random.element(of: events)
        {
            slowBuyers.append((user, event.id))
        }
        try ask(random)
    }

    /// Short, so that holds lapse in a run.
    static let terms = EventTerms(holdSeconds: 30, paymentGraceSeconds: 10)

    private static func event(_ shard: ShardNumber, _ random: SeededGenerator) throws -> Event {
        let types = try (1...random.number(in: 1...2)).map { number in
            TicketType(
                number: try TicketTypeNumber(number).orThrow(), name: "Type \(number)", price: nil,
                maxPerUser: random.chance(perMille: 400) ? random.number(in: 1...4) : nil,
                stock: Stock(capacity: random.number(in: 1...20)))
        }
        return Event(
            id: EventID(shard: shard, now: TestEvents.now, random: random.next()),
            organizer: UserID(now: TestEvents.now, random: 1), title: "A night at the opera",
            venue: nil, startsAt: TestEvents.now, endsAt: TestEvents.farAway,
            createdAt: TestEvents.now, status: .onSale, version: 1, sequence: 0,
            ticketTypes: types, terms: try terms.orThrow())
    }

    private mutating func ask(_ random: SeededGenerator) throws {
        var asked: [Command] = []
        let mayKill = random.chance(perMille: 200)
        for _ in 0..<random.number(in: 4...24) {
            let isStrange = random.chance(perMille: 30)
            guard let event = isStrange ? stranger : random.element(of: events)?.id else { return }
            var commands: [Command] = []
            for _ in 0..<random.number(in: 1...4) {
                let earlier = asked.filter { $0.event == event }
                if random.chance(perMille: 150), let again = random.element(of: earlier) {
                    commands.append(again)
                } else {
                    let command = try command(of: event, after: earlier, random)
                    commands.append(command)
                    asked.append(command)
                    if mayKill, killers.isEmpty, random.chance(perMille: 100), !isStrange,
                        command.kind == .book
                    {
                        killers.insert(command.key)
                    }
                }
            }
            let message = CommandMessage(event: event, commands: commands)
            messages.append(
                random.chance(perMille: 30)
                    ? Message(event: event, body: Array("{".utf8), commands: [])
                    : Message(event: event, body: message.encoded, commands: commands))
        }
    }

    private func command(
        of event: EventID, after earlier: [Command], _ random: SeededGenerator
    ) throws -> Command {
        let booked = earlier.filter { $0.kind == .book || $0.kind == .hold }
        if random.chance(perMille: 500), let booking = random.element(of: booked) {
            return try change(of: booking, random)
        }
        let type = random.chance(perMille: 30) ? 9 : random.number(in: 1...2)
        let fixed: UInt128 = 0xFFFF << 64
        let key = random.bits() & ~fixed | 0x8 << 76 | UInt128(shard.rawValue) << 64
        return .book(
            try TestEvents.basket([type: random.number(in: 1...3)]),
            holding: random.chance(perMille: 700), as: BookingKey(bits: key), of: event,
            by: try random.element(of: users).orThrow(), at: TestEvents.now)
    }

    /// Something asked of a booking that was asked for before; now and then of one that never was.
    private func change(of booking: Command, _ random: SeededGenerator) throws -> Command {
        let verbs: [Command.Verb] = [.confirm, .confirm, .pay, .extend, .extend, .cancel]
        let bits = booking.key.bits ^ (random.chance(perMille: 50) ? 1 : 0)
        return Command(
            id: CommandID(bits: random.bits()), event: booking.event, actor: booking.actor,
            acceptedAt: TestEvents.now,
            body: .change(try random.element(of: verbs).orThrow(), of: BookingKey(bits: bits)))
    }
}
