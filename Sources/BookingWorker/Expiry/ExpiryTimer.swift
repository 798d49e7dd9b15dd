import BookingBroker
import BookingDomain
import BookingStore
import FaultPoints
import Logging
import Synchronization

/// Publishes the ticks of a shard's events when held bookings are due, as an ``ExpirySchedule`` says.
///
/// Nothing of it lasts: each owner makes a schedule of its own from what the database holds.
final class ExpiryTimer: DeadlineSink {
    /// How often it looks whether something is due.
    private static let interval = Duration.milliseconds(100)

    /// By how much the worker's own clock is ahead for ``PlantedBug/expiryByOwnClock``.
    static let ahead = Duration.seconds(3600)

    private let ticks: any TickSink
    private let source: any MessageSource
    private let now: @Sendable () -> Instant
    private let logger: Logger
    private let schedule = Mutex(ExpirySchedule())

    init(
        ticks: any TickSink, source: any MessageSource, now: @escaping @Sendable () -> Instant,
        logger: Logger
    ) {
        self.ticks = ticks
        self.source = source
        if PlantedBug.expiryByOwnClock.isOn {
            self.now = { now().advanced(by: Self.ahead) }
        } else {
            self.now = now
        }
        self.logger = logger
    }

    func committed(_ deadlines: [EventID: Deadline]) {
        guard !deadlines.isEmpty else { return }
        schedule.withLock { schedule in
            for (event, deadline) in deadlines { schedule.learn(event, deadline) }
        }
    }

    /// The events in which the owner is to expire directly what is due, once it has applied all that is at hand
    /// after this was asked.
    var directEvents: Set<EventID> { schedule.withLock { $0.direct } }

    /// The ticks of those of `events` for which that holds still.
    func takeDirectTicks(of events: Set<EventID>) -> [Command] {
        guard !events.isEmpty else { return [] }
        let now = now()
        return schedule.withLock { $0.takeDirect(events, at: now) }
            .map { .tick($0.event, at: $0.dueAt) }
    }

    /// Publishes ticks, until cancelled; begins with what `store` knows to be held.
    func run(_ store: any LedgerStore) async throws {
        try await rebuild(from: store)
        try await withThrowingDiscardingTaskGroup { group in
            while true {
                try await Task.sleep(for: Self.interval)
                for action in begin() { group.addTask { await self.perform(action) } }
            }
        }
    }

    /// Learns what is held, as the database knows it.
    func rebuild(from store: any LedgerStore) async throws(StoreError) {
        for (event, dueAt) in try await store.deadlines()
        where !PlantedBug.holdSurvivesTakeover.isOn {
            schedule.withLock { $0.learn(event, .atLatest(dueAt)) }
        }
    }

    /// What is to be done now that time has passed; each of it is to be performed.
    func begin() -> [ExpirySchedule.Action] {
        let now = now()
        let (isDirect, actions) = schedule.withLock { ($0.advance(to: now), $0.begin()) }
        if isDirect { source.wake() }
        return actions
    }

    /// Performs an action, and those that come of it.
    func perform(_ first: ExpirySchedule.Action) async {
        var rest = [first]
        while let action = rest.popLast() {
            let (event, result) = await outcome(of: action)
            let now = now()
            rest += schedule.withLock { $0.heard(result, of: event, at: now) }
        }
    }

    private func outcome(
        of action: ExpirySchedule.Action
    ) async -> (EventID, ExpirySchedule.Result) {
        switch action {
        case .publishTick(let event):
            do throws(BrokerError) {
                try await ticks.publishTick(.tick(event, at: now()))
                return (event, .published)
            } catch {
                logger.debug(
                    "a tick was not taken", metadata: ["event": "\(event)", "error": "\(error)"])
                return (event, .notPublished)
            }
        case .lookAtQueue(let event):
            let isEmpty = (try? await ticks.isQueueEmpty(of: event)) ?? false
            return (event, isEmpty ? .empty : .notEmpty)
        }
    }
}
