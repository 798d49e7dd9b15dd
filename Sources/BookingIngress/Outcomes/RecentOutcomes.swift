import BookingDomain
import Logging
import Synchronization

/// Recent outcomes: answers polls, wakes waiters.
///
/// Holds nothing that matters: what is not here any more, or was missed, is in the database.
final class RecentOutcomes: Sendable {
    /// The most bookings looked up at once after outcomes may have been missed.
    private static let lookUpMax = 1000

    /// What became of a wait that was to begin.
    enum Beginning: Hashable, Sendable {
        case begun
        /// The outcome is known already.
        case known(Booking)
        /// There is no room for another one.
        case full
    }

    private struct State {
        var memory: OutcomeMemory<OutcomeWait>
        var isClosed = false
    }

    private let state: Mutex<State>
    private let alarms: AlarmClock
    private let store: any DecidedBookings
    private let metrics: IngressMetrics
    private let logger: Logger

    init(
        outcomesMax: Int, waitersMax: Int, waitersPerUserMax: Int, alarms: AlarmClock,
        store: any DecidedBookings, metrics: IngressMetrics, logger: Logger
    ) {
        state = Mutex(
            State(
                memory: OutcomeMemory(
                    outcomesMax: outcomesMax, waitersMax: waitersMax,
                    waitersPerUserMax: waitersPerUserMax)))
        self.alarms = alarms
        self.store = store
        self.metrics = metrics
        self.logger = logger
    }

    /// The outcome, when it was heard here and is still remembered.
    func outcome(of key: BookingKey) -> Booking? {
        state.withLock { $0.memory.booking(key) }
    }

    /// How many wait for outcomes.
    var waiters: Int { state.withLock { $0.memory.waiterCount } }

    /// Takes in outcomes: one hold of the lock for all of them, and the waking outside of it.
    ///
    /// `beforeWaking` is called once they can be seen and nobody has been told yet.
    /// Returns how many waits it ended.
    @discardableResult
    func deliver(_ bookings: [Booking], beforeWaking: () -> Void = {}) -> Int {
        let (woken, waiting) = state.withLock { state in
            (state.memory.deliver(bookings), state.memory.waiterCount)
        }
        beforeWaking()
        for (wait, booking) in woken { wait.answer(.outcome(booking)) }
        metrics.waiting(waiting)
        return woken.count
    }

    /// Begins a wait for an outcome that a user is to be told within `limit`, and calls `completion` with its
    /// end; what does not begin does not end.
    ///
    /// Answering `wait` ends it, also before it has begun.
    func begin(
        _ wait: OutcomeWait, for reference: BookingReference, of user: UserID,
        after sequence: Int64 = 0, limit: Duration,
        completion: @escaping @Sendable (WaitEnd) -> Void
    ) -> Beginning {
        let (registration, waiting) = state.withLock { state in
            (
                state.isClosed
                    ? nil
                    : state.memory.register(
                        wait, for: reference, of: user, after: sequence),
                state.memory.waiterCount
            )
        }
        switch registration {
        case .known(let booking)?: return .known(booking)
        case .full?: return .full
        case nil: completion(.stopping)
        case .waiting(let ticket, let displaced)?:
            metrics.waiting(waiting)
            displaced?.answer(.displaced)
            alarms.bound(wait, to: limit, late: .timeOver) { [self] end in
                withdraw(ticket, after: end)
                completion(end)
            }
        }
        return .begun
    }

    /// The shards of the bookings that somebody waits for.
    var awaitedShards: Set<ShardNumber> {
        let awaited = state.withLock { $0.memory.awaited }
        return Set(awaited.lazy.map(\.event.shard))
    }

    /// Forgets where these bookings stood: by now it is elsewhere.
    func forget(_ keys: [BookingKey]) { state.withLock { $0.memory.forget(keys) } }

    /// Forgets what may have changed unheard; who waits goes on.
    func forgetChangeable() { state.withLock { $0.memory.forgetChangeable() } }

    /// Forgets the outcomes, which may not be so any more; who waits goes on.
    func forgetOutcomes() { state.withLock { $0.memory.forgetOutcomes() } }

    /// Looks up what is waited for, of `shards` only if they are given, and returns how much was found.
    ///
    /// For when outcomes may have been missed.
    @discardableResult
    func recoverMissed(of shards: Set<ShardNumber>? = nil) async -> Int {
        var awaited = state.withLock { $0.memory.awaited }
        if let shards { awaited.removeAll { !shards.contains($0.event.shard) } }
        var found = 0
        for start in stride(from: 0, to: awaited.count, by: Self.lookUpMax) {
            let keys = Array(awaited[start..<min(start + Self.lookUpMax, awaited.count)])
            do {
                let bookings = try await store.bookings(keys)
                // Of a booking that is as its client knows it nothing was missed.
                found += deliver(bookings)
            } catch {
                // Each waiter looks for itself when its time ends.
                logger.warning(
                    "missed outcomes could not be looked up", metadata: ["error": "\(error)"])
                return found
            }
        }
        return found
    }

    /// Ends all waits, and lets none begin: the service is stopping.
    func close() {
        let waiters = state.withLock { state in
            state.isClosed = true
            return state.memory.withdrawAll()
        }
        for wait in waiters { wait.answer(.stopping) }
    }

    /// Takes a wait out that has ended, unless it was taken out for that.
    private func withdraw(_ ticket: OutcomeMemory<OutcomeWait>.Ticket, after end: WaitEnd) {
        switch end {
        case .outcome, .displaced, .stopping: return
        case .timeOver, .notPublished, .clientGone: break
        }
        let waiting: Int? = state.withLock { state in
            state.memory.withdraw(ticket).map { _ in state.memory.waiterCount }
        }
        if let waiting { metrics.waiting(waiting) }
    }
}
