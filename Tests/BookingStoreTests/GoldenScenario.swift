import BookingDomain
import BookingTestSupport
import Postgres
import Testing

@testable import BookingStore

/// Everything that the program writes into its databases, once.
struct GoldenScenario: Sendable {
    let databases: TestDatabases

    private var shard: PostgresPool { databases.shards[0] }
    private var ledgers: LedgerRepository { LedgerRepository(pool: shard) }
    private static let users = (1...3).map { number in
        UserID(bits: 0x019a_9f2c_7b00_7abc_8def_0123_4567_8900 + UInt128(number))
    }
    /// After any test there will be.
    private static let farOff = Instant(microsecondsSinceEpoch: 4_000_000_000_000_000)

    func play() async throws {
        try await signUp()
        let limited = try TestEvents.event(
            capacities: [3, 5], limits: [1: 2], organizer: Self.users[0])
        let others = try [EventStatus.draft, .closed].map {
            try TestEvents.event(capacities: [7], organizer: Self.users[0], status: $0)
        }
        let events = EventRepository(shards: databases.shardPools)
        for event in [limited] + others { try await events.create(event) }
        try await LeaseRepository.with(shard, shard: limited.id.shard) { leases in
            let lease = try #require(try await leases.claim(.test(by: "golden"))).lease
            try await book(limited.id, under: lease)
            let letter = StoredLetter(
                event: limited.id, problem: "the body is not JSON", type: "booking.commands.v1",
                body: [0, 1, 255])
            try await ledgers.bury(letter, under: lease)
            _ = try await ledgers.trySuspect(
                MessageDigest(of: [1, 2], in: limited.id), in: ProcessIdentity(random: 7),
                under: lease)
            try await leases.release(lease)
        }
        _ = try await PauseRepository(shards: databases.shardPools)
            .set(paused: true, event: others[1].id)
    }

    private func signUp() async throws {
        let users = UserRepository(directory: databases.directory)
        for (number, id) in Self.users.enumerated() {
            let user = User(
                id: id, email: "User\(number)@example.org", name: "User \(number)",
                role: number == 0 ? .organizer : .attendee)
            try await users.create(user, passwordHash: "hash \(number)")
        }
        let sessions = SessionRepository(directory: databases.directory)
        try await sessions.revoke(SessionID(bits: 5), until: Self.farOff)
        let change = PasswordChange(
            account: Self.users[1], stored: "hash 1", newHash: "hash 1b", name: nil,
            session: SessionID(bits: 6), sessionsLast: .seconds(3_000_000_000))
        _ = try await users.changePassword(change)
        _ = try await WorkerRepository(directory: databases.directory).beat(
            WorkerStanding(
                name: "golden", shards: [try #require(ShardNumber(0))], isAble: true))
    }

    /// Bookings that come to each end that there is.
    private func book(_ event: EventID, under lease: Lease) async throws {
        let (ada, bob) = (Self.users[1], Self.users[2])
        try await commit(
            [
                try TestEvents.book(event, user: ada, items: [1: 2, 2: 1]),
                // More than one may have, more than there is, and what there is not.
                try TestEvents.book(event, user: ada, items: [1: 1]),
                try TestEvents.book(event, user: bob, items: [2: 5]),
                try TestEvents.book(event, user: bob, items: [9: 1]),
                .undecodable(try TestEvents.key(for: event), of: event, by: nil),
            ], of: event, under: lease)
    }

    /// Decides and writes commands as a worker does.
    func commit(
        _ commands: [Command], of event: EventID, under lease: Lease
    ) async throws {
        var opening = try await ledgers.ledgers(of: [event])
        try await ledgers.recallBookings(commands, in: &opening, within: .seconds(5))
        try await ledgers.recallTaken(commands, in: &opening, within: .seconds(5))
        var batch = Batch(opening)
        for command in commands { _ = batch.apply(command, at: TestEvents.now) }
        _ = try await ledgers.commit(batch.effects, under: lease)
    }

    /// What the databases hold, as this version reads it.
    func reading() async throws -> [String] {
        var lines: [String] = []
        let events = EventRepository(shards: databases.shardPools)
        let bookings = BookingRepository(shards: databases.shardPools)
        let ids = try await shard.execute(SelectEventIDs())
        let listed = Set(try await events.events(before: nil, limit: 100).map(\.id))
        for event in try await events.events(ids).sorted(by: { $0.id < $1.id }) {
            lines.append(
                "event \(event.id) \(event.status) v\(event.version) #\(event.sequence) "
                    + "\(event.title), \(event.venue ?? "-"), listed \(listed.contains(event.id)), "
                    + "consumed \(try await ledgers.isToConsume(event.id)), by \(event.organizer)")
            lines += event.ticketTypes.map {
                "type \($0.number.rawValue) \($0.stock.capacity) \($0.stock.available) "
                    + "\($0.stock.confirmed) \($0.price?.amount ?? 0) \($0.maxPerUser ?? 0)"
            }
            let line = try await bookings.bookings(of: event.id, after: 0, limit: 100)
            #expect(Set(try await bookings.bookings(line.map(\.reference))) == Set(line))
            lines += line.map(\.reading)
            for user in Self.users {
                let left = try await bookings.leftovers(of: [Buyer(user: user, event: event.id)])
                lines += left.flatMap(\.left).map { "\(user) may have \($1) of \($0.rawValue)" }
            }
        }
        let (letters, count) = try await LetterRepository(shards: databases.shardPools)
            .letters(max: 10)
        lines += letters.map { "letter \($0.letter.problem) \($0.letter.body)" } + ["of \(count)"]
        return lines + (try await accounts())
    }

    private func accounts() async throws -> [String] {
        let users = UserRepository(directory: databases.directory)
        var lines: [String] = []
        for number in Self.users.indices {
            let account = try await users.account(email: "user\(number)@EXAMPLE.org")
            guard let account else { continue }
            lines.append(
                "\(account.user.id) \(account.user.name) \(account.user.role) "
                    + "\(account.passwordHash) \(account.generation)")
        }
        var ended = 0
        _ = try await SessionRepository(directory: databases.directory)
            .revocations(since: nil) { ended += $0.count }
        return lines + ["\(ended) ended"]
    }
}

extension Booking {
    fileprivate var reading: String {
        let items = (basket?.items ?? []).map {
            "\($0.ticketType.rawValue)x\($0.quantity.rawValue)"
        }
        return "booking \(sequence) \(key) \(status) \(reason?.rawValue ?? "-") "
            + "\(user.map { "\($0)" } ?? "-") \(items.joined(separator: ",")) "
            + "\(createdAt.microsecondsSinceEpoch) \(decidedAt.microsecondsSinceEpoch)"
    }
}

struct SelectEventIDs: PostgresStatement {
    static let sql = "SELECT id FROM event ORDER BY id"

    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> EventID {
        try row.next(id: EventID.self)
    }
}
