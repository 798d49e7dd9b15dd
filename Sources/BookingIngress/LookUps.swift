import BookingDomain
import BookingStore
import Logging
import Synchronization

/// Looks up what the shards' databases hold: one query at a time for each shard, with all the keys that
/// were asked for while the last one was under way.
///
/// So an answer is never older than its question, and however many ask, the database is asked no
/// oftener than it can answer.
final class LookUps<Key: Hashable & Sendable, Found: Sendable>: Sendable {
    /// The most keys of one query.
    private static var keysMax: Int { 1000 }
    /// The most that may wait for a shard's answers, as long as it gives none.
    private static var waitingMax: Int { 20_000 }

    typealias Answer = Result<Found?, Refusal>
    /// Told the answer; must not take long.
    typealias Completion = @Sendable (Answer) -> Void

    /// The callers that wait for the answers of one shard.
    private struct Line {
        var waiting: [(key: Key, completion: Completion)] = []
        /// Whether a query is under way, or about to be.
        var isAsking = false
    }

    private let shard: @Sendable (Key) -> ShardNumber
    private let key: @Sendable (Found) -> Key
    private let query: @Sendable ([Key]) async throws(StoreError) -> [Found]
    private let alarms: AlarmClock
    private let logger: Logger
    private let lines = Mutex<[ShardNumber: Line]>([:])
    private let questions: AsyncStream<ShardNumber>
    private let asking: AsyncStream<ShardNumber>.Continuation

    /// Look-ups by `query`, which is asked for keys of one shard at a time and finds each once at most.
    init(
        alarms: AlarmClock, logger: Logger, shard: @escaping @Sendable (Key) -> ShardNumber,
        key: @escaping @Sendable (Found) -> Key,
        query: @escaping @Sendable ([Key]) async throws(StoreError) -> [Found]
    ) {
        self.shard = shard
        self.key = key
        self.query = query
        self.alarms = alarms
        self.logger = logger
        // Bounded: a shard is in it once at most.
        (questions, asking) = AsyncStream.makeStream()
    }

    /// Asks the databases, until cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            for await shard in questions { group.addTask { await self.ask(shard) } }
            group.cancelAll()
        }
    }

    /// Calls `completion` with what the database knows of `key` from now on.
    func find(_ key: Key, completion: @escaping Completion) {
        let shard = shard(key)
        let (isFull, isFirst) = lines.withLock { lines in
            var line = lines.removeValue(forKey: shard) ?? Line()
            defer { lines[shard] = line }
            guard line.waiting.count < Self.waitingMax else { return (true, false) }
            line.waiting.append((key, completion))
            defer { line.isAsking = true }
            return (false, !line.isAsking)
        }
        if isFull { completion(.failure(.unavailable(.database))) }
        if isFirst { asking.yield(shard) }
    }

    /// Calls `completion` with what the database knows of `key`, or a refusal when it does not say so
    /// within `limit`.
    func find(_ key: Key, within limit: Duration, completion: @escaping Completion) {
        let answer = OneShot<Answer>()
        alarms.bound(answer, to: limit, late: .failure(.unavailable(.database)), completion)
        find(key) { answer.answer($0) }
    }

    /// What the database knows of `key`; refuses when it does not say so within `limit`.
    func value(of key: Key, within limit: Duration) async throws(Refusal) -> Found? {
        let answer = OneShot<Answer>()
        find(key, within: limit) { answer.answer($0) }
        return try await answer.wait(cancelled: .failure(.deadlineExceeded)).get()
    }

    /// Asks one shard, until nobody waits for it any more.
    private func ask(_ shard: ShardNumber) async {
        while true {
            let batch = lines.withLock { lines in
                let batch = lines[shard]?.waiting.prefix(Self.keysMax) ?? []
                lines[shard]?.waiting.removeFirst(batch.count)
                if batch.isEmpty { lines[shard] = nil }
                return Array(batch)
            }
            guard !batch.isEmpty else { return }
            await answer(batch[...])
        }
    }

    /// Asks for what these wait for, and tells them.
    ///
    /// A row that cannot be read spoils the query: it is asked for less and less, until only those hear of the
    /// row who asked for it.
    private func answer(_ batch: ArraySlice<(key: Key, completion: Completion)>) async {
        let keys = Set(batch.map(\.key))
        do throws(StoreError) {
            let found = try await query(Array(keys))
            let byKey = Dictionary(found.map { (key($0), $0) }) { first, _ in first }
            for (key, completion) in batch { completion(.success(byKey[key])) }
        } catch {
            if error.isOfRow, keys.count > 1 {
                let middle = batch.startIndex + batch.count / 2
                await answer(batch[..<middle])
                return await answer(batch[middle...])
            }
            let refusal = Refusal(error) ?? unexpected(error)
            for (_, completion) in batch { completion(.failure(refusal)) }
        }
    }

    /// What is told of an error that no client can do anything about.
    private func unexpected(_ error: StoreError) -> Refusal {
        logger.error("a look-up failed", metadata: ["error": "\(error)"])
        return .internalError
    }
}

extension StoreError {
    /// Whether it is a row that is at fault, and not the database.
    fileprivate var isOfRow: Bool {
        switch code {
        case .corrupt, .newer: true
        case .unavailable, .tooSlow, .unknownOutcome, .emailTaken, .fenced, .versionConflict,
            .notDue, .decidedBefore, .refused, .mismatch:
            false
        }
    }
}

typealias BookingLookUps = LookUps<BookingReference, Booking>
typealias ChangeLookUps = LookUps<ChangeReference, Change>
typealias LeftoverLookUps = LookUps<Buyer, BuyerLeftovers>

extension BookingLookUps {
    /// Look-ups of decided bookings.
    convenience init(store: any DecidedBookings, alarms: AlarmClock, logger: Logger) {
        self.init(
            alarms: alarms, logger: logger, shard: { $0.event.shard }, key: { $0.reference },
            query: { keys async throws(StoreError) in try await store.bookings(keys) })
    }
}

extension ChangeLookUps {
    /// Look-ups of what changes came to.
    convenience init(store: any DecidedBookings, alarms: AlarmClock, logger: Logger) {
        self.init(
            alarms: alarms, logger: logger, shard: { $0.event.shard }, key: { $0.reference },
            query: { changes async throws(StoreError) in try await store.changes(changes) })
    }
}

extension LeftoverLookUps {
    /// Look-ups of what buyers may have still.
    convenience init(store: any DecidedBookings, alarms: AlarmClock, logger: Logger) {
        self.init(
            alarms: alarms, logger: logger, shard: { $0.event.shard }, key: { $0.buyer },
            query: { buyers async throws(StoreError) in try await store.leftovers(of: buyers) })
    }
}
