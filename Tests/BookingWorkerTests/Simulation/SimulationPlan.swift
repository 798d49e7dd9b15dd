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
        let commands: [BookCommand]
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

    private let users: [UserID]

    init(_ random: SeededGenerator) throws {
        shard = try ShardNumber(0).orThrow()
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
            ticketTypes: types)
    }

    private mutating func ask(_ random: SeededGenerator) throws {
        var asked: [(event: EventID, command: BookCommand)] = []
        let mayKill = random.chance(perMille: 200)
        for _ in 0..<random.number(in: 4...24) {
            let isStrange = random.chance(perMille: 30)
            guard let event = isStrange ? stranger : random.element(of: events)?.id else { return }
            var commands: [BookCommand] = []
            for _ in 0..<random.number(in: 1...4) {
                let earlier = asked.filter { $0.event == event }
                if random.chance(perMille: 150), let again = random.element(of: earlier) {
                    commands.append(again.command)
                } else {
                    let command = try command(of: event, random)
                    commands.append(command)
                    asked.append((event, command))
                    if mayKill, killers.isEmpty, random.chance(perMille: 100), !isStrange {
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
        of event: EventID, _ random: SeededGenerator
    ) throws -> BookCommand {
        let type = random.chance(perMille: 30) ? 9 : random.number(in: 1...2)
        let fixed: UInt128 = 0xFFFF << 64
        let key = random.bits() & ~fixed | 0x8 << 76 | UInt128(shard.rawValue) << 64
        return BookCommand(
            key: BookingKey(bits: key), user: try random.element(of: users).orThrow(),
            basket: try TestEvents.basket([type: random.number(in: 1...3)]),
            submittedAt: TestEvents.now)
    }
}
