import BookingDomain
import BookingMessages

/// What is known of events, and what is being looked up: a value that decides what may be answered
/// and what must be loaded.
///
/// ``EventCatalog`` performs it. An event is *fresh* for ``CatalogAge/reload`` after it was loaded, and
/// for ``CatalogAge/followed`` while every outcome is heard. After that it goes on being known, and one
/// load is begun to freshen it; when the load fails, it is known still, for as long as it takes.
/// `Waiter` is whatever waits for a load.
struct CatalogMemory<Waiter: Sendable>: Sendable {
    typealias Instant = ContinuousClock.Instant

    typealias Finding = CatalogFinding

    enum Load: Hashable, Sendable {
        case notNeeded
        /// Load the event now, and tell of its end with ``CatalogMemory/loaded(_:_:at:)``.
        case begin
        /// Somebody does already.
        case running
        /// Too many loads are running.
        case full
    }

    enum LoadResult: Hashable, Sendable {
        case found(Event)
        case absent
        case failed
    }

    private struct Entry: Sendable {
        var event: Event
        var loadedAt: Instant
        /// When it was last tried to load it again.
        var triedAt: Instant
    }

    private struct RunningLoad: Sendable {
        let beganAt: Instant
        var waiters: [UInt64: Waiter] = [:]
        /// How the event stands as was heard meanwhile, while it was not known yet.
        var heard: EventState?
        /// Whether what it brings may be older than what was forgotten.
        var isVoid = false
    }

    private let loadsMax: Int
    private var entries: RecentCache<EventID, Entry>
    /// Until when it is known that there is no such event.
    private var absences: RecentCache<EventID, Instant>
    private var loads: [EventID: RunningLoad] = [:]
    /// Since when every outcome has been heard, if the last subscription still lasts.
    var followedSince: Instant?

    /// About how many bytes the events take that are known.
    var bytes: Int { entries.bytesKept }

    /// How many loads are running.
    var loading: Int { loads.count }

    init(eventsMax: Int, loadsMax: Int) {
        entries = RecentCache(capacity: eventsMax, bytesMax: CatalogLimits.bytesMax) {
            CatalogLimits.bytes(of: $0.event)
        }
        absences = RecentCache(capacity: eventsMax)
        self.loadsMax = loadsMax
    }

    /// What is known of the event, and whether it has to be loaded for somebody who wants it no
    /// older than `ageMax`, or just fresh.
    mutating func find(
        _ id: EventID, ageMax: Duration? = nil, at now: Instant
    ) -> (finding: Finding, load: Load) {
        if let entry = entries.value(for: id) {
            let age = now - entry.loadedAt
            let isDue = now - entry.triedAt > ageMax ?? freshness(of: entry)
            return (.known(entry.event, age: age), isDue ? begin(id, at: now) : .notNeeded)
        }
        if loads[id] == nil, let until = absences.value(for: id), now < until {
            return (.absent, .notNeeded)
        }
        return (.unknown, begin(id, at: now))
    }

    /// As ``find(_:ageMax:at:)``, and lets `waiter` wait when a load is begun or running.
    ///
    /// It does not wait when the finding comes with a load that is not needed or has no room.
    mutating func join(
        _ waiter: Waiter, as number: UInt64, for id: EventID, ageMax: Duration? = nil,
        at now: Instant
    ) -> (finding: Finding, load: Load) {
        let found = find(id, ageMax: ageMax, at: now)
        loads[id]?.waiters[number] = waiter
        return found
    }

    /// Takes a waiter back; `nil` when it waits no more.
    mutating func withdraw(_ number: UInt64, loadOf id: EventID) -> Waiter? {
        loads[id]?.waiters.removeValue(forKey: number)
    }

    /// A load has ended: whom to tell, and what.
    mutating func loaded(
        _ id: EventID, _ result: LoadResult, at now: Instant
    ) -> (waiters: [Waiter], finding: Finding) {
        guard let load = loads.removeValue(forKey: id) else { return ([], .unknown) }
        if load.isVoid {
            entries.remove(id)
            return (Array(load.waiters.values), .unknown)
        }
        switch result {
        case .found(let event):
            insert(event, at: load.beganAt)
            if let heard = load.heard { apply(heard) }
        case .absent: absences.insert(load.beganAt + CatalogAge.absence, for: id)
        case .failed: entries.update(id) { $0.triedAt = now }
        }
        let waiters = Array(load.waiters.values)
        // Also when the answer was absent: then it was made here while the load was on its way.
        if let entry = entries.value(for: id) {
            return (waiters, .known(entry.event, age: now - entry.loadedAt))
        }
        return (waiters, result == .absent ? .absent : .unknown)
    }

    /// Takes in an event as it was at `time`.
    mutating func insert(_ event: Event, at time: Instant) {
        var event = event
        // Outcomes may have told of a later state while this one was on its way.
        if let known = entries.value(for: event.id)?.event, known.version > event.version {
            event = known
        }
        entries.insert(Entry(event: event, loadedAt: time, triedAt: time), for: event.id)
        absences.remove(event.id)
    }

    /// Forgets these events: they are not any more as is known of them.
    mutating func forget(_ events: [EventID]) {
        for event in events {
            entries.remove(event)
            loads[event]?.isVoid = true
        }
    }

    /// Forgets all: the databases may not have what was known of them.
    mutating func forgetAll() {
        entries.removeAll()
        absences.removeAll()
        for id in Array(loads.keys) { loads[id]?.isVoid = true }
    }

    /// Takes in how an event stands now, if it is known, or being loaded, and this is news.
    mutating func apply(_ state: EventState) {
        if let load = loads[state.id], load.heard.map({ $0.version < state.version }) ?? true {
            loads[state.id]?.heard = state
        }
        entries.update(state.id) { entry in
            guard state.version > entry.event.version else { return }
            entry.event.version = state.version
            entry.event.sequence = state.sequence
            entry.event.status = state.status
            for change in state.ticketTypes {
                guard
                    let index = entry.event.ticketTypes.firstIndex(where: {
                        $0.number == change.number
                    }),
                    let stock = Stock(
                        capacity: change.capacity, available: change.available, held: change.held,
                        confirmed: change.capacity - change.available - change.held)
                else { continue }
                entry.event.ticketTypes[index].stock = stock
            }
        }
    }

    /// How long an event counts as fresh.
    private func freshness(of entry: Entry) -> Duration {
        guard let followedSince, entry.loadedAt > followedSince else { return CatalogAge.reload }
        return CatalogAge.followed
    }

    private mutating func begin(_ id: EventID, at now: Instant) -> Load {
        guard loads[id] == nil else { return .running }
        guard loads.count < loadsMax else { return .full }
        loads[id] = RunningLoad(beganAt: now)
        return .begin
    }
}

/// How long the catalog takes its knowledge for the truth.
enum CatalogAge {
    /// The age at which an event is loaded again.
    static let reload = Duration.seconds(1)
    /// The same while every outcome is heard, which tells of every sale; what else may change of an
    /// event is seen after this time.
    static let followed = Duration.seconds(60)
    /// How long it is remembered that there is no such event, counted from when it was asked.
    static let absence = Duration.milliseconds(200)
}

/// How much the catalog keeps.
enum CatalogLimits {
    /// About how many bytes the events may take that are known.
    static let bytesMax = 64 * 1024 * 1024
    /// What a text that does not fit into its value takes besides.
    private static let textBytes = 32

    /// About how many bytes an event takes, which none of its changes changes.
    static func bytes(of event: Event) -> Int {
        func bytes(_ text: String) -> Int { textBytes + text.utf8.count }
        return event.ticketTypes.reduce(
            MemoryLayout<Event>.stride + bytes(event.title) + bytes(event.venue ?? "")
        ) { $0 + MemoryLayout<TicketType>.stride + bytes($1.name) }
    }
}

/// What the catalog knows of an event.
enum CatalogFinding: Hashable, Sendable {
    case known(Event, age: Duration)
    /// It was looked for just now, and there is none.
    case absent
    case unknown
}
