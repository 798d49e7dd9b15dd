import BookingDomain
import BookingStore
import Synchronization

/// Looks decided bookings up in the database: one query at a time for each shard, with all the keys
/// that were asked for while the last one was under way.
///
/// So an answer is never older than its question, and however many ask, the database is asked no
/// oftener than it can answer.
final class BookingLookUps: Sendable {
    /// The most keys of one query.
    private static let keysMax = 1000
    /// The most that may wait for a shard's answers, as long as it gives none.
    private static let waitingMax = 20_000

    typealias Answer = Result<Booking?, any Error>
    /// Told the answer; must not take long.
    typealias Completion = @Sendable (Answer) -> Void

    /// Whoever waits for the answers of one shard.
    private struct Line {
        var waiting: [(key: BookingKey, completion: Completion)] = []
        /// Whether a query is under way, or about to be.
        var isAsking = false
    }

    private let store: any DecidedBookings
    private let alarms: AlarmClock
    private let lines = Mutex<[ShardNumber: Line]>([:])
    private let questions: AsyncStream<ShardNumber>
    private let asking: AsyncStream<ShardNumber>.Continuation

    init(store: any DecidedBookings, alarms: AlarmClock) {
        self.store = store
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

    /// Calls `completion` with what the database knows of a booking from now on.
    func find(_ key: BookingKey, completion: @escaping Completion) {
        let (isFull, isFirst) = lines.withLock { lines in
            var line = lines.removeValue(forKey: key.shard) ?? Line()
            defer { lines[key.shard] = line }
            guard line.waiting.count < Self.waitingMax else { return (true, false) }
            line.waiting.append((key, completion))
            defer { line.isAsking = true }
            return (false, !line.isAsking)
        }
        if isFull { completion(.failure(Refusal.unavailable(.database))) }
        if isFirst { asking.yield(key.shard) }
    }

    /// What the database knows of a booking; refuses when it does not say so within `limit`.
    func booking(_ key: BookingKey, within limit: Duration) async throws -> Booking? {
        let answer = OneShot<Answer>()
        find(key, within: limit) { answer.answer($0) }
        return try await answer.wait(cancelled: .failure(CancellationError())).get()
    }

    /// Calls `completion` with what the database knows of a booking, or a refusal when it does not say so
    /// within `limit`.
    func find(_ key: BookingKey, within limit: Duration, completion: @escaping Completion) {
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
                    try await store.bookings(Array(Set(batch.map(\.key))))
                }
                let byKey = Dictionary(found.map { ($0.key, $0) }) { first, _ in first }
                for (key, completion) in batch { completion(.success(byKey[key])) }
            } catch {
                for (_, completion) in batch { completion(.failure(error)) }
            }
        }
    }
}
