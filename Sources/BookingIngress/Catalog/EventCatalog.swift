import BookingDomain
import BookingMessages
import BookingStore
import Logging
import Synchronization

/// The events in memory, so that a rush on one of them does not reach the database, and bookings are
/// accepted while the database is away.
///
/// However many ask for an event at once, it is loaded once, and many events with one query; the load
/// belongs to the catalog, not to the request that asked first. ``CatalogMemory`` decides; this performs.
final class EventCatalog: Sendable {
    /// The most events being loaded at a time.
    static let loadsMax = 10_000
    /// How long a load may take.
    private static let loadMax = Duration.seconds(3)
    /// How long somebody waits for a newer state of an event before taking an older one.
    private static let refreshPatience = Duration.milliseconds(500)

    /// How new an event is to be.
    enum Freshness: Hashable, Sendable {
        /// As it is known here, for what the worker judges again anyway.
        case any
        /// As the last outcome left it; while outcomes are not heard, no older than a second.
        case fresh
        case noOlder(than: Duration)
    }

    typealias Answer = Result<Event?, Refusal>
    /// Told the event, or that there is none; must not take long.
    typealias Completion = @Sendable (Answer) -> Void

    private typealias Finding = CatalogFinding
    /// Told what was found, or nothing when the time was over.
    private typealias Waiter = OneShot<Finding?>
    private typealias Memory = CatalogMemory<Waiter>

    private struct State {
        var memory: Memory
        var lastWaiter: UInt64 = 0
    }

    private let lookUps: LookUps<EventID, Event>
    private let isFollowing: @Sendable () -> Bool
    private let loadLimit: Duration
    private let alarms: AlarmClock
    private let metrics: IngressMetrics
    private let logger: Logger
    private let state: Mutex<State>

    /// A catalog of at most `eventsMax` events.
    ///
    /// `isFollowing` tells whether outcomes are being heard.
    init(
        store: any EventStore, eventsMax: Int, loadLimit: Duration = loadMax,
        isFollowing: @escaping @Sendable () -> Bool,
        alarms: AlarmClock, metrics: IngressMetrics, logger: Logger
    ) {
        lookUps = LookUps(
            alarms: alarms, logger: logger, shard: { $0.shard }, key: { $0.id },
            query: { ids async throws(StoreError) in try await store.events(ids) })
        self.loadLimit = loadLimit
        self.isFollowing = isFollowing
        self.alarms = alarms
        self.metrics = metrics
        self.logger = logger
        state = Mutex(State(memory: Memory(eventsMax: eventsMax, loadsMax: Self.loadsMax)))
    }

    /// How many events are being loaded.
    var loading: Int { state.withLock { $0.memory.loading } }

    /// Loads what is asked for, until cancelled.
    func run() async { await lookUps.run() }

    /// The event when it is known here, however old; `nil` says nothing.
    func eventAtHand(_ id: EventID) -> Event? {
        let (finding, load) = look(for: id, ageMax: nil)
        guard case .known(let event, _) = finding else { return nil }
        count(finding, load)
        return event
    }

    /// Calls `completion` with the event, or as it is known when the database does not give a newer one soon.
    ///
    /// What is not fresh is loaded again, also when nobody waits for that.
    func find(_ id: EventID, _ freshness: Freshness, completion: @escaping Completion) {
        let ageMax: Duration? =
            switch freshness {
            case .any, .fresh: nil
            case .noOlder(let age): age
            }
        let (finding, load) = look(for: id, ageMax: ageMax)
        count(finding, load)
        switch finding {
        case .known(let event, _) where freshness == .any || load == .notNeeded:
            completion(.success(event))
        case .known(let event, _):
            wait(
                for: id, ageMax: ageMax, upTo: Self.refreshPatience, else: .success(event),
                completion)
        case .absent: completion(.success(nil))
        case .unknown:
            wait(
                for: id, ageMax: ageMax, upTo: loadLimit,
                else: .failure(.unavailable(.database)), completion)
        }
    }

    /// The event; `nil` when there is none.
    func event(_ id: EventID, _ freshness: Freshness) async throws(Refusal) -> Event? {
        let answer = OneShot<Answer>()
        find(id, freshness) { answer.answer($0) }
        return try await answer.wait(cancelled: .failure(.deadlineExceeded)).get()
    }

    /// Outcomes are being heard from `start` on.
    func follow(from start: ContinuousClock.Instant) {
        state.withLock { $0.memory.followedSince = start }
    }

    /// Forgets these events: they are not any more as is known of them.
    func forget(_ events: [EventID]) { state.withLock { $0.memory.forget(events) } }

    /// Forgets all: the databases may not have what was known of them.
    func forgetAll() { state.withLock { $0.memory.forgetAll() } }

    /// Takes in an event made here.
    func insert(_ event: Event) {
        state.withLock { $0.memory.insert(event, at: .now) }
    }

    /// Takes in how events stand after a batch.
    func apply(_ states: [EventState]) {
        state.withLock { state in
            for event in states { state.memory.apply(event) }
        }
    }

    /// The same, or the age at which nothing is fresh any more while outcomes are not heard.
    private func bound(_ ageMax: Duration?) -> Duration? {
        ageMax ?? (isFollowing() ? nil : CatalogAge.reload)
    }

    private func look(
        for id: EventID, ageMax: Duration?
    ) -> (finding: Finding, load: Memory.Load) {
        let ageMax = bound(ageMax)
        let (finding, load) = state.withLock { $0.memory.find(id, ageMax: ageMax, at: .now) }
        if load == .begin { self.load(id) }
        return (finding, load)
    }

    private func count(_ finding: Finding, _ load: Memory.Load) {
        switch finding {
        case .known: metrics.lookedUpEvent(load == .notNeeded ? .hit : .stale)
        case .absent: metrics.lookedUpEvent(.absent)
        case .unknown: metrics.lookedUpEvent(.miss)
        }
    }

    private func load(_ id: EventID) {
        lookUps.find(id, within: loadLimit) { [self] answer in
            let result: Memory.LoadResult
            switch answer {
            case .success(let event): result = event.map { .found($0) } ?? .absent
            case .failure(let error):
                result = .failed
                logger.debug("an event could not be loaded", metadata: ["error": "\(error)"])
            }
            metrics.loadedEvent(succeeded: result != .failed)
            let (waiters, finding) = state.withLock { $0.memory.loaded(id, result, at: .now) }
            for waiter in waiters { waiter.answer(finding) }
        }
    }

    /// Calls `completion` with what is found once the load has ended, or with `fallback`.
    private func wait(
        for id: EventID, ageMax: Duration?, upTo limit: Duration, else fallback: Answer,
        _ completion: @escaping Completion
    ) {
        let (waiter, ageMax) = (Waiter(), bound(ageMax))
        let (number, finding, load) = state.withLock { state in
            state.lastWaiter += 1
            let (finding, load) = state.memory.join(
                waiter, as: state.lastWaiter, for: id, ageMax: ageMax, at: .now)
            return (state.lastWaiter, finding, load)
        }
        alarms.bound(waiter, to: limit, late: nil) { [self] finding in
            switch finding {
            case .known(let event, _): completion(.success(event))
            case .absent: completion(.success(nil))
            case .unknown: completion(fallback)
            case nil:
                _ = state.withLock { $0.memory.withdraw(number, loadOf: id) }
                completion(fallback)
            }
        }
        switch load {
        case .begin: self.load(id)
        case .running: break
        case .notNeeded, .full: waiter.answer(finding)
        }
    }
}
