import BookingDomain
import BookingStore
import JSON
import Logging
import NIOCore
import Synchronization

/// Pages of the public list of events as they were a moment ago, so that a rush on the list does not
/// reach the databases.
///
/// However many ask for a page at once, it is loaded once; the load goes on when the request that began it is gone.
/// ``PageMemory`` says what is kept of them.
final class EventPages: Sendable {
    typealias Place = PageMemory.Place
    typealias Answer = Result<ByteBuffer, Refusal>

    /// The most bytes of pages kept.
    static let bytesMax = 16 * 1024 * 1024
    /// How old a page may be that is shown, as a rule.
    static let ageMax = Duration.milliseconds(500)
    /// The most pages loaded at a time, and that wait for their turn: a page of large events takes some
    /// 10 MB while it is read.
    private static let (loadsMax, waitingMax) = (4, 100)
    /// The same for cursors that no page gave out: they have one place for all of them, and are not kept.
    private static let (strangeLoadsMax, strangeWaitingMax) = (1, 10)

    private struct Load: Sendable {
        let place: Place
        let isStrange: Bool
    }

    private struct State {
        var memory: PageMemory
        /// Who waits for the loads that run or wait.
        var waiters: [Place: [OneShot<Answer>]] = [:]
        var turns = LoadTurns<Load>(runningMax: loadsMax, waitingMax: waitingMax)
        var strangeTurns = LoadTurns<Load>(
            runningMax: strangeLoadsMax, waitingMax: strangeWaitingMax)
        /// Whether somebody is to come who forgets what is old.
        var isForgetting = false
    }

    private let store: any EventStore
    private let catalog: EventCatalog
    private let alarms: AlarmClock
    private let metrics: IngressMetrics
    private let logger: Logger
    private let ageMax: Duration
    private let state: Mutex<State>
    private let loads: AsyncStream<Load>
    private let begin: AsyncStream<Load>.Continuation

    init(
        store: any EventStore, catalog: EventCatalog, ageMax: Duration = EventPages.ageMax,
        alarms: AlarmClock, metrics: IngressMetrics, logger: Logger
    ) {
        self.store = store
        self.catalog = catalog
        self.alarms = alarms
        self.metrics = metrics
        self.logger = logger
        self.ageMax = ageMax
        state = Mutex(State(memory: PageMemory(bytesMax: Self.bytesMax, ageMax: ageMax)))
        // Bounded: a load is in it once, and few are at a time.
        (loads, begin) = AsyncStream.makeStream()
    }

    /// How many bytes the pages take that are kept.
    var bytes: Int { state.withLock { $0.memory.bytes } }

    /// Loads what is asked for, until cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            for await load in loads { group.addTask { await self.run(load) } }
            group.cancelAll()
        }
    }

    /// The page as JSON, half a second old at most.
    func body(at place: Place) async throws(Refusal) -> ByteBuffer {
        if let body = state.withLock({ $0.memory.body(at: place, at: .now) }) {
            metrics.lookedUpPage(.hit)
            return body
        }
        metrics.lookedUpPage(.miss)
        // The cursor of a page is the last event on it.
        var isStrange = false
        if let cursor = place.cursor {
            isStrange = try await catalog.event(cursor, .any).map { $0.status == .draft } ?? true
        }
        let answer = OneShot<Answer>()
        join(Load(place: place, isStrange: isStrange), answer)
        return try await answer.wait(cancelled: .failure(.deadlineExceeded)).get()
    }

    private func join(_ load: Load, _ answer: OneShot<Answer>) {
        let entrance = state.withLock { state -> LoadTurns<Load>.Entrance in
            if let waiters = state.waiters[load.place] {
                state.waiters[load.place] = waiters + [answer]
                return .wait
            }
            let entrance =
                load.isStrange ? state.strangeTurns.enter(load) : state.turns.enter(load)
            if entrance != .full { state.waiters[load.place] = [answer] }
            return entrance
        }
        switch entrance {
        case .begin: begin.yield(load)
        case .wait: break
        case .full: answer.answer(.failure(.overloaded(.events)))
        }
    }

    private func run(_ first: Load) async {
        var next: Load? = first
        while let load = next {
            let start = ContinuousClock.now
            let answer = await body(of: load)
            let waiters = state.withLock { state in
                next = load.isStrange ? state.strangeTurns.leave() : state.turns.leave()
                if case .success(let body) = answer, !load.isStrange {
                    state.memory.keep(body, at: load.place, asOf: start)
                }
                return state.waiters.removeValue(forKey: load.place) ?? []
            }
            for waiter in waiters { waiter.answer(answer) }
            forgetLater()
        }
    }

    private func body(of load: Load) async -> Answer {
        let place = load.place
        do {
            // One more than asked for tells whether another page follows.
            let events = try await within(BookingService.lookUpLimit) { [store] in
                try await store.events(before: place.cursor, limit: place.limit + 1)
            }
            guard let events else { return .failure(.unavailable(.database)) }
            return .success(ByteBuffer(bytes: EventPage(events, limit: place.limit).rendered))
        } catch {
            if let refusal = (error as? StoreError).flatMap({ Refusal($0) }) {
                return .failure(refusal)
            }
            // The service is stopping.
            if error is CancellationError { return .failure(.deadlineExceeded) }
            logger.error("a page of events could not be loaded", metadata: ["error": "\(error)"])
            return .failure(.internalError)
        }
    }

    /// Has forgotten what has grown old, for as long as there is something.
    private func forgetLater() {
        let isToBegin = state.withLock { state in
            defer { state.isForgetting = !state.memory.isEmpty }
            return !state.isForgetting && !state.memory.isEmpty
        }
        if isToBegin { forgetInTime() }
    }

    private func forgetInTime() {
        _ = alarms.set(after: ageMax) { [self] in
            let isDone = state.withLock { state in
                state.memory.forget(at: .now)
                state.isForgetting = !state.memory.isEmpty
                return !state.isForgetting
            }
            if !isDone { forgetInTime() }
        }
    }
}
