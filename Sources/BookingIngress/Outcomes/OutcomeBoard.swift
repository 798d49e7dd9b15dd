import BookingDomain
import Logging
import Synchronization

/// Where outcomes are hung out: whoever polls finds them here, whoever waits is woken.
///
/// Holds nothing that matters: what is not here any more, or was missed, is in the database.
final class OutcomeBoard: Sendable {
    /// The most bookings looked up at once after outcomes may have been missed.
    private static let lookUpMax = 1000

    private typealias Waiter = CheckedContinuation<Answer, Never>

    private enum Answer: Sendable {
        case decided(Booking)
        /// The wait is over without an outcome.
        case nothing
        case full
    }

    private struct State {
        var memory: OutcomeMemory<Waiter>
        var lastWaiter: OutcomeMemory<Waiter>.WaiterID = 0
        var isClosed = false
    }

    private let state: Mutex<State>
    private let store: any DecidedBookings
    private let metrics: IngressMetrics
    private let logger: Logger

    init(
        outcomesMax: Int, waitersMax: Int, store: any DecidedBookings, metrics: IngressMetrics,
        logger: Logger
    ) {
        state = Mutex(
            State(memory: OutcomeMemory(outcomesMax: outcomesMax, waitersMax: waitersMax)))
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

    /// Hangs out outcomes: one hold of the lock for all of them, and the waking outside of it.
    func deliver(_ bookings: [Booking]) {
        let (woken, waiting) = state.withLock { state in
            (state.memory.deliver(bookings), state.memory.waiterCount)
        }
        for (waiter, booking) in woken { waiter.resume(returning: .decided(booking)) }
        metrics.waiting(waiting)
    }

    /// Waits for the outcome until `limit` has passed; `nil` when there is none by then.
    ///
    /// `work` runs once the waiter is in its place, so no outcome of it can be missed; if it throws,
    /// so does this. It does not run when the outcome is known already, or no waiter fits in.
    func outcome(
        of key: BookingKey, within limit: Duration,
        after work: () async throws -> Void
    ) async throws -> Booking? {
        let waiter = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        return try await withThrowingTaskGroup(of: Answer.self) { group in
            defer { group.cancelAll() }
            let early = await withCheckedContinuation { placed in
                group.addTask { await self.wait(for: key, as: waiter, placed: placed) }
            }
            switch early {
            case .decided(let booking): return booking
            case .full: throw Refusal.overloaded(.waiters)
            case .nothing, nil: break
            }
            try await work()
            group.addTask {
                try? await Task.sleep(for: limit)
                return .nothing
            }
            guard case .decided(let booking) = try await group.next() else { return nil }
            return booking
        }
    }

    /// Looks up what is waited for; call it when outcomes may have been missed.
    func recoverMissed() async {
        let awaited = state.withLock { $0.memory.awaited }
        for start in stride(from: 0, to: awaited.count, by: Self.lookUpMax) {
            let keys = Array(awaited[start..<min(start + Self.lookUpMax, awaited.count)])
            do { deliver(try await store.bookings(keys)) } catch {
                // Each waiter looks for itself when its time ends.
                logger.warning(
                    "missed outcomes could not be looked up", metadata: ["error": "\(error)"])
                return
            }
        }
    }

    /// Ends all waits, and lets none begin: the service is stopping.
    func close() {
        let waiters = state.withLock { state in
            state.isClosed = true
            return state.memory.withdrawAll()
        }
        for waiter in waiters { waiter.resume(returning: .nothing) }
    }

    private func wait(
        for key: BookingKey, as id: OutcomeMemory<Waiter>.WaiterID,
        placed: CheckedContinuation<Answer?, Never>
    ) async -> Answer {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                placed.resume(returning: register(continuation, as: id, for: key))
                // Cancelled before it was in its place: the handler found nobody to take back.
                if Task.isCancelled { withdraw(id, for: key) }
            }
        } onCancel: {
            withdraw(id, for: key)
        }
    }

    /// Puts the waiter in its place; if it need not or cannot wait, the answer it got at once.
    private func register(
        _ waiter: Waiter, as id: OutcomeMemory<Waiter>.WaiterID, for key: BookingKey
    ) -> Answer? {
        let (answer, waiting) = state.withLock { state -> (Answer?, Int) in
            guard !state.isClosed else { return (.nothing, 0) }
            let registration = state.memory.register(waiter, as: id, for: key)
            let waiting = state.memory.waiterCount
            switch registration {
            case .known(let booking): return (.decided(booking), waiting)
            case .waiting: return (nil, waiting)
            case .full: return (.full, waiting)
            }
        }
        metrics.waiting(waiting)
        if let answer { waiter.resume(returning: answer) }
        return answer
    }

    private func withdraw(_ id: OutcomeMemory<Waiter>.WaiterID, for key: BookingKey) {
        let (waiter, waiting) = state.withLock { state in
            (state.memory.withdraw(id, for: key), state.memory.waiterCount)
        }
        waiter?.resume(returning: .nothing)
        metrics.waiting(waiting)
    }
}
