import BookingDomain
import BookingStore
import BookingTestSupport
import BookingWorkerTestSupport
import Postgres
import Synchronization

@testable import BookingWorker

/// A shard's database with which a test may do what it likes: the twin in memory, or PostgreSQL.
protocol StoreWorld: Sendable {
    var store: any BatchStore { get }
    /// Runs `body` with a session that may have the lease; the session ends with it.
    func withSession(_ body: (any LeaseStore) async throws -> Void) async throws
    /// Runs `body` with a store, and with what lets the answer to its next commit be lost; the batch is
    /// written or not.
    func withStoreCut(
        isWritten: Bool, _ body: (any BatchStore, @Sendable () -> Void) async throws -> Void
    ) async throws
    func create(_ event: Event) async throws
    func event(_ id: EventID) async throws -> Event?
    func bookings(of event: EventID) async throws -> [Booking]
    /// What commands came to that asked for changes.
    func changes(of event: EventID) async throws -> Set<Change>
    /// An event's log.
    func log(of event: EventID) async throws -> [Entry]
    func letters() async throws -> [StoredLetter]
    /// The time by the database's clock.
    func now() async throws -> Instant
    /// Takes a booking away, as nobody may.
    func remove(_ booking: BookingKey, of event: EventID) async throws
    /// Lets the database refuse this user's confirmed bookings.
    func refuse(_ user: UserID) async throws
    /// Lets the look-ups of this buyer never come back.
    func slowDown(_ buyer: Buyer) async throws
    /// Lets the lease run out.
    func expireLease() async throws
    func pause() async throws
}

enum StoreKind: String, CaseIterable, Sendable {
    case twin, postgres

    /// Runs `body` with a shard that has one event.
    func with(
        _ event: Event, _ body: (any StoreWorld) async throws -> Void
    ) async throws {
        switch self {
        case .twin:
            let world = TwinWorld(shard: TwinShard(shard: event.id.shard, now: TestEvents.now))
            try await world.create(event)
            try await body(world)
        case .postgres:
            try await TestDatabases.with(shards: 1) { databases in
                let world = PostgresWorld(databases: databases, shard: event.id.shard)
                try await world.create(event)
                try await body(world)
            }
        }
    }
}

struct TwinWorld: StoreWorld {
    let shard: TwinShard

    var store: any BatchStore { TwinStore(shard) }

    func withSession(_ body: (any LeaseStore) async throws -> Void) async throws {
        let session = TwinLeaseSession(shard)
        defer { session.end() }
        try await body(session)
    }

    func withStoreCut(
        isWritten: Bool, _ body: (any BatchStore, @Sendable () -> Void) async throws -> Void
    ) async throws {
        let isCut = Flag()
        let store = TwinStore(shard) { call, _ in
            guard call == .commit, isCut.isRaised else { return .answered }
            let error = StoreError(.unknownOutcome, "cut", isSafeToRetry: false)
            return isWritten ? .unheard(error) : .failed(error)
        }
        try await body(store) { isCut.raise() }
    }

    func create(_ event: Event) async throws { shard.with { $0.insert(event) } }
    func event(_ id: EventID) async throws -> Event? { shard.content.events[id] }
    func bookings(of event: EventID) async throws -> [Booking] {
        shard.content.bookings(of: event)
    }
    func changes(of event: EventID) async throws -> Set<Change> {
        Set(shard.content.changes.values.filter { $0.event == event })
    }
    func log(of event: EventID) async throws -> [Entry] { shard.content.logs[event] ?? [] }
    func now() async throws -> Instant { shard.with { $0.lease.now } }
    func remove(_ booking: BookingKey, of event: EventID) async throws {
        shard.with { $0.remove(booking) }
    }
    func letters() async throws -> [StoredLetter] { Array(shard.content.letters.values) }
    func refuse(_ user: UserID) async throws { shard.with { _ = $0.refusedUsers.insert(user) } }
    func slowDown(_ buyer: Buyer) async throws { shard.with { _ = $0.slowBuyers.insert(buyer) } }
    func expireLease() async throws { shard.with { $0.lease.expire() } }
    func pause() async throws { shard.with { $0.lease.isPaused = true } }
}

/// Something that has happened or not.
private final class Flag: Sendable {
    private let state = Atomic<Bool>(false)

    var isRaised: Bool { state.load(ordering: .relaxed) }
    func raise() { state.store(true, ordering: .relaxed) }
}

struct PostgresWorld: StoreWorld {
    let databases: TestDatabases
    let shard: ShardNumber

    private var pool: PostgresPool { databases.shards[0] }

    var store: any BatchStore { LedgerRepository(pool: pool) }

    func withSession(_ body: (any LeaseStore) async throws -> Void) async throws {
        try await LeaseRepository.with(pool, shard: shard) { try await body($0) }
    }

    func withStoreCut(
        isWritten: Bool, _ body: (any BatchStore, @Sendable () -> Void) async throws -> Void
    ) async throws {
        let proxy = try HalfwayProxy(before: try databases.port())
        let pool = try databases.pool(shard: 0, application: "cut", port: proxy.port)
        let result = await outcome {
            try await body(LedgerRepository(pool: pool)) {
                proxy.cut(isWritten ? .answer : .request)
            }
        }
        await pool.close()
        proxy.close()
        try result.get()
    }

    func create(_ event: Event) async throws {
        try await EventRepository(shards: databases.shardPools).create(event)
    }

    func event(_ id: EventID) async throws -> Event? {
        try await EventRepository(shards: databases.shardPools).events([id]).first
    }

    func bookings(of event: EventID) async throws -> [Booking] {
        try await BookingRepository(shards: databases.shardPools)
            .bookings(of: event, after: 0, limit: 10_000)
    }

    func changes(of event: EventID) async throws -> Set<Change> {
        let ids = try await pool.execute(SelectChangeIDs(event: event))
        return Set(
            try await BookingRepository(shards: databases.shardPools)
                .changes(ids.map { ChangeReference(event: event, command: $0) }))
    }

    func log(of event: EventID) async throws -> [Entry] {
        var entries: [Entry] = []
        for page in try await pool.execute(SelectLogPages(event: event)) {
            // Pages abut, and each holds what its row says.
            guard let read = page.entries, page.firstSequence == Int64(entries.count + 1),
                page.at == read.last?.at
            else { throw BadTestData() }
            entries += read
        }
        return entries
    }

    func now() async throws -> Instant {
        try await pool.execute(SelectNow()).first.orThrow()
    }

    func remove(_ booking: BookingKey, of event: EventID) async throws {
        try await run("DELETE FROM booking WHERE event_id = '\(event)' AND key = '\(booking)'")
    }

    func letters() async throws -> [StoredLetter] {
        try await LetterRepository(shards: databases.shardPools).letters(max: 100)
            .entries.map(\.letter)
    }

    func refuse(_ user: UserID) async throws {
        try await run(
            """
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION 'not this one' USING ERRCODE = 'check_violation';
            END $$;
            CREATE TRIGGER refuse BEFORE INSERT ON booking FOR EACH ROW
            WHEN (NEW.user_id = '\(user)' AND NEW.status = 'confirmed') EXECUTE FUNCTION refuse();
            """)
    }

    func slowDown(_ buyer: Buyer) async throws {
        try await run(SlowTally.script(for: buyer.user, of: buyer.event))
    }

    func expireLease() async throws {
        try await run("UPDATE shard_lease SET expires_at = now() - interval '1 microsecond'")
    }

    func pause() async throws { try await run("UPDATE shard_lease SET paused_at = now()") }

    func run(_ script: String) async throws {
        try await pool.withConnection { try await $0.run(script: script) }
    }
}

private struct SelectChangeIDs: PostgresStatement {
    static let sql = "SELECT id::text FROM booking_change WHERE event_id = $1::text::uuid"
    let event: EventID

    func bind(to parameters: inout PostgresParameters) { parameters.append(event.description) }
    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> CommandID {
        guard let id = CommandID(try row.next(String.self)) else { throw unreadable }
        return id
    }
}

private struct SelectLogPages: PostgresStatement {
    static let sql = """
        SELECT event_id::text, first_sequence, count, decided_at, entries FROM log_page
        WHERE event_id = $1::text::uuid ORDER BY first_sequence
        """
    let event: EventID

    func bind(to parameters: inout PostgresParameters) { parameters.append(event.description) }
    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> LogPage {
        guard let event = EventID(try row.next(String.self)) else { throw unreadable }
        return LogPage(
            event: event, firstSequence: try row.next(), count: Int(try row.next(Int32.self)),
            at: Instant(
                microsecondsSinceEpoch: try row.next(PostgresTimestamp.self)
                    .microsecondsSinceUnixEpoch),
            bytes: try row.next(PostgresBytes.self).bytes)
    }
}

private struct SelectNow: PostgresStatement {
    static let sql = "SELECT clock_timestamp()"
    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> Instant {
        Instant(
            microsecondsSinceEpoch: try row.next(PostgresTimestamp.self).microsecondsSinceUnixEpoch)
    }
}

private let unreadable = PostgresError(
    code: .decoding, message: "a test cannot read its row", isSafeToRetry: false)
