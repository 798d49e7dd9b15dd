import BookingDomain
import Logging
import Synchronization

/// Where outcomes are hung out: whoever polls finds them here, whoever waits is woken.
///
/// Holds nothing that matters: what is not here any more, or was missed, is in the database.
final class OutcomeBoard: Sendable {
    /// The most bookings looked up at once after outcomes may have been missed.
    private static let lookUpMax = 1000

    /// Told the outcome, or nothing when the wait is over.
    typealias Waiter = OneShot<Booking?>

    private struct State {
        var memory: OutcomeMemory<Waiter>
        var lastWaiter: OutcomeMemory<Waiter>.WaiterID = 0
        var isClosed = false
    }

    private let state: Mutex<State>
    private let alarms: AlarmClock
    private let store: any DecidedBookings
    private let metrics: IngressMetrics
    private let logger: Logger

    init(
        outcomesMax: Int, waitersMax: Int, alarms: AlarmClock, store: any DecidedBookings,
        metrics: IngressMetrics, logger: Logger
    ) {
        state = Mutex(
            State(memory: OutcomeMemory(outcomesMax: outcomesMax, waitersMax: waitersMax)))
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

    /// Hangs out outcomes: one hold of the lock for all of them, and the waking outside of it.
    ///
    /// `beforeWaking` is called once they can be seen and nobody has been told yet.
    func deliver(_ bookings: [Booking], beforeWaking: () -> Void = {}) {
        let (woken, waiting) = state.withLock { state in
            (state.memory.deliver(bookings), state.memory.waiterCount)
        }
        beforeWaking()
        for (waiter, booking) in woken { waiter.answer(booking) }
        metrics.waiting(waiting)
    }

    /// Waits for the outcome until `limit` has passed; `nil` when there is none by then.
    ///
    /// `work` runs once the waiter is in its place, so no outcome of it can be missed, and may end the
    /// wait by answering; if it throws, so does this. It does not run when the outcome is known already,
    /// or no waiter fits in.
    func outcome(
        of key: BookingKey, within limit: Duration,
        after work: (Waiter) async throws -> Void
    ) async throws -> Booking? {
        let (waiter, heard) = (Waiter(), Waiter())
        defer { waiter.answer(nil) }
        let isToCome = try tell(of: key, within: limit, through: waiter) { heard.answer($0) }
        if isToCome { try await work(waiter) }
        return await heard.wait(cancelled: nil)
    }

    /// Calls `completion` with the outcome, or with nothing once `limit` has passed, or `waiter` has been
    /// answered by somebody else; tells whether the outcome is not known yet.
    func tell(
        of key: BookingKey, within limit: Duration, through waiter: Waiter,
        completion: @escaping @Sendable (Booking?) -> Void
    ) throws(Refusal) -> Bool {
        switch register(waiter, for: key) {
        case .known(let booking):
            completion(booking)
            return false
        case .closed:
            completion(nil)
            return true
        case .full: throw Refusal.overloaded(.waiters)
        case .waiting(let number):
            let alarm = alarms.set(after: limit) { waiter.answer(nil) }
            waiter.then { [self] booking in
                alarms.clear(alarm)
                // Who was told an outcome waits here no more.
                if booking == nil { withdraw(number, for: key) }
                completion(booking)
            }
            return true
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
        for waiter in waiters { waiter.answer(nil) }
    }

    private enum Registration {
        case known(Booking)
        case waiting(OutcomeMemory<Waiter>.WaiterID)
        case full
        case closed
    }

    /// Puts the waiter in its place, unless it need not or cannot wait.
    private func register(_ waiter: Waiter, for key: BookingKey) -> Registration {
        let (registration, waiting) = state.withLock { state -> (Registration, Int) in
            guard !state.isClosed else { return (.closed, 0) }
            state.lastWaiter += 1
            let registration: Registration =
                switch state.memory.register(waiter, as: state.lastWaiter, for: key) {
                case .known(let booking): .known(booking)
                case .waiting: .waiting(state.lastWaiter)
                case .full: .full
                }
            return (registration, state.memory.waiterCount)
        }
        metrics.waiting(waiting)
        return registration
    }

    /// Takes a waiter away, if it was not told before.
    private func withdraw(_ number: OutcomeMemory<Waiter>.WaiterID, for key: BookingKey) {
        let waiting: Int? = state.withLock { state in
            state.memory.withdraw(number, for: key).map { _ in state.memory.waiterCount }
        }
        if let waiting { metrics.waiting(waiting) }
    }
}
