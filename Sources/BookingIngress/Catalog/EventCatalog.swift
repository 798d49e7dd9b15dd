import BookingDomain
import BookingMessages
import BookingStore
import Logging
import Synchronization

/// The events in memory, so that a rush on one of them does not reach the database, and bookings are
/// accepted while the database is away.
///
/// However many ask for an event at once, it is loaded once, and many events with one query; the load
/// belongs to the catalog, not to whoever asked first. ``CatalogMemory`` decides; this performs.
final class EventCatalog: Sendable {
    /// The most events being loaded at a time.
    static let loadsMax = 10_000
    /// How long a load may take.
    private static let loadLimit = Duration.seconds(3)
    /// How long somebody waits for a newer state of an event before taking an older one.
    private static let refreshPatience = Duration.milliseconds(500)

    private typealias Finding = CatalogFinding
    /// Told what was found, or nothing when the time was over.
    private typealias Waiter = CheckedContinuation<Finding?, Never>
    private typealias Memory = CatalogMemory<Waiter>

    private struct State {
        var memory: Memory
        var lastWaiter: UInt64 = 0
    }

    private let lookUps: LookUps<EventID, Event>
    private let isFollowing: @Sendable () -> Bool
    private let metrics: IngressMetrics
    private let logger: Logger
    private let state: Mutex<State>

    /// A catalog of at most `eventsMax` events.
    ///
    /// `isFollowing` tells whether outcomes are being heard.
    init(
        store: any EventStore, eventsMax: Int, isFollowing: @escaping @Sendable () -> Bool,
        alarms: AlarmClock, metrics: IngressMetrics, logger: Logger
    ) {
        lookUps = LookUps(
            alarms: alarms, shard: { $0.shard }, key: { $0.id },
            query: { ids async throws(StoreError) in try await store.events(ids) })
        self.isFollowing = isFollowing
        self.metrics = metrics
        self.logger = logger
        state = Mutex(State(memory: Memory(eventsMax: eventsMax, loadsMax: Self.loadsMax)))
    }

    /// How many events are being loaded.
    var loading: Int { state.withLock { $0.memory.loading } }

    /// Loads what is asked for, until cancelled.
    func run() async { await lookUps.run() }

    /// The event as it is known here, however old, else as the database has it; `nil` when there is none.
    ///
    /// For what the worker judges again anyway. What is not fresh is loaded again meanwhile.
    func event(_ id: EventID) async throws(Refusal) -> Event? {
        if case .known(let event, _) = find(id, ageMax: nil).finding { return event }
        return try await loaded(id, ageMax: nil, upTo: Self.loadLimit)
    }

    /// The event when it is known here, however old; `nil` says nothing.
    ///
    /// As ``event(_:)``, for those who cannot wait; who gets nothing is to ask again by that.
    func eventAtHand(_ id: EventID) -> Event? {
        let (finding, load) = look(for: id, ageMax: nil)
        guard case .known(let event, _) = finding else { return nil }
        count(finding, load)
        return event
    }

    /// The event no older than `ageMax`, or fresh, or as it is known when the database does not answer
    /// soon.
    func event(_ id: EventID, ageMax: Duration?) async throws(Refusal) -> Event? {
        let (finding, load) = find(id, ageMax: ageMax)
        guard case .known(let event, _) = finding else {
            return try await loaded(id, ageMax: ageMax, upTo: Self.loadLimit)
        }
        guard load != .notNeeded else { return event }
        do { return try await loaded(id, ageMax: ageMax, upTo: Self.refreshPatience) } catch {
            return event
        }
    }

    /// Outcomes are being heard from `start` on.
    func follow(from start: ContinuousClock.Instant) {
        state.withLock { $0.memory.followedSince = start }
    }

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

    private func find(
        _ id: EventID, ageMax: Duration?
    ) -> (finding: Finding, load: Memory.Load) {
        let (finding, load) = look(for: id, ageMax: ageMax)
        count(finding, load)
        return (finding, load)
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

    /// The event once its load has ended, unless that is not needed any more.
    private func loaded(
        _ id: EventID, ageMax: Duration?, upTo limit: Duration
    ) async throws(Refusal) -> Event? {
        switch await wait(for: id, ageMax: ageMax, upTo: limit) {
        case .known(let event, _): return event
        case .absent: return nil
        case .unknown, nil: throw Refusal.unavailable(.database)
        }
    }

    private func load(_ id: EventID) {
        lookUps.find(id, within: Self.loadLimit) { [self] answer in
            let result: Memory.LoadResult
            switch answer {
            case .success(let event): result = event.map { .found($0) } ?? .absent
            case .failure(let error):
                result = .failed
                logger.debug("an event could not be loaded", metadata: ["error": "\(error)"])
            }
            metrics.loadedEvent(succeeded: result != .failed)
            let (waiters, finding) = state.withLock { $0.memory.loaded(id, result, at: .now) }
            for waiter in waiters { waiter.resume(returning: finding) }
        }
    }

    /// What is found once the load has ended; `nil` when the time is over first.
    private func wait(for id: EventID, ageMax: Duration?, upTo limit: Duration) async -> Finding? {
        let number = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        let answer = try? await within(limit) {
            await withTaskCancellationHandler {
                await withCheckedContinuation { waiter in
                    self.join(waiter, as: number, for: id, ageMax: ageMax)
                    // Cancelled before it joined: the handler found nobody to take back.
                    if Task.isCancelled { self.withdraw(number, for: id) }
                }
            } onCancel: {
                self.withdraw(number, for: id)
            }
        }
        return answer ?? nil
    }

    private func join(_ waiter: Waiter, as number: UInt64, for id: EventID, ageMax: Duration?) {
        let ageMax = bound(ageMax)
        let (finding, load) = state.withLock {
            $0.memory.join(waiter, as: number, for: id, ageMax: ageMax, at: .now)
        }
        switch load {
        case .begin: self.load(id)
        case .running: break
        case .notNeeded, .full: waiter.resume(returning: finding)
        }
    }

    private func withdraw(_ number: UInt64, for id: EventID) {
        state.withLock { $0.memory.withdraw(number, loadOf: id) }?.resume(returning: nil)
    }
}
