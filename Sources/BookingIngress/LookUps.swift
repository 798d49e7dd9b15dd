import BookingDomain
import BookingStore
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

    typealias Answer = Result<Found?, any Error>
    /// Told the answer; must not take long.
    typealias Completion = @Sendable (Answer) -> Void

    /// Whoever waits for the answers of one shard.
    private struct Line {
        var waiting: [(key: Key, completion: Completion)] = []
        /// Whether a query is under way, or about to be.
        var isAsking = false
    }

    private let shard: @Sendable (Key) -> ShardNumber
    private let key: @Sendable (Found) -> Key
    private let query: @Sendable ([Key]) async throws(StoreError) -> [Found]
    private let alarms: AlarmClock
    private let lines = Mutex<[ShardNumber: Line]>([:])
    private let questions: AsyncStream<ShardNumber>
    private let asking: AsyncStream<ShardNumber>.Continuation

    /// Look-ups by `query`, which is asked for keys of one shard at a time and finds each once at most.
    init(
        alarms: AlarmClock, shard: @escaping @Sendable (Key) -> ShardNumber,
        key: @escaping @Sendable (Found) -> Key,
        query: @escaping @Sendable ([Key]) async throws(StoreError) -> [Found]
    ) {
        self.shard = shard
        self.key = key
        self.query = query
        self.alarms = alarms
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
        if isFull { completion(.failure(Refusal.unavailable(.database))) }
        if isFirst { asking.yield(shard) }
    }

    /// What the database knows of `key`; refuses when it does not say so within `limit`.
    func value(of key: Key, within limit: Duration) async throws -> Found? {
        let answer = OneShot<Answer>()
        find(key, within: limit) { answer.answer($0) }
        return try await answer.wait(cancelled: .failure(CancellationError())).get()
    }

    /// Calls `completion` with what the database knows of `key`, or a refusal when it does not say so
    /// within `limit`.
    func find(_ key: Key, within limit: Duration, completion: @escaping Completion) {
        let answer = OneShot<Answer>()
        find(key) { answer.answer($0) }
        let alarm = alarms.set(after: limit) {
            answer.answer(.failure(Refusal.unavailable(.database)))
        }
        answer.then { [alarms] in
            alarms.clear(alarm)
            completion($0)
        }
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
            do {
                let found = try await BookingIngress.asking { () async throws(StoreError) in
                    try await query(Array(Set(batch.map(\.key))))
                }
                let byKey = Dictionary(found.map { (key($0), $0) }) { first, _ in first }
                for (key, completion) in batch { completion(.success(byKey[key])) }
            } catch {
                for (_, completion) in batch { completion(.failure(error)) }
            }
        }
    }
}

typealias BookingLookUps = LookUps<BookingKey, Booking>

extension BookingLookUps {
    /// Look-ups of decided bookings.
    convenience init(store: any DecidedBookings, alarms: AlarmClock) {
        self.init(
            alarms: alarms, shard: { $0.shard }, key: { $0.key },
            query: { keys async throws(StoreError) in try await store.bookings(keys) })
    }
}
