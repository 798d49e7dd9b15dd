import BookingDomain

/// Says when held bookings are due, event by event, and how they are made to expire.
///
/// When something of an event is due, a tick is published into its queue, so that what stands before it in the
/// line comes first. An event goes through these states:
///
///     waiting    → due                  its time has come
///     due        → publishing           it is its turn: only some are published at a time
///     publishing → ticked | watching    the broker has the tick | it does not take it
///     ticked     → due                  nothing was heard of the tick for long: it may be lost
///     watching   → emptied | waiting    its queue was seen empty | it is not, or nobody knows: once more
///     emptied    → direct               what had been delivered until then is in hand
///     direct     → ticked               its owner expires it
///
/// From each of them a batch that was committed leads back to waiting, or to nothing. A direct one is
/// applied by the owner as if a tick had come: nothing accepted before the queue was looked at can be
/// behind it, and only what was due then expires.
struct ExpirySchedule: Sendable {
    /// How long a tick that the broker has, or the owner is to apply, is waited for.
    static let tickPatience = Duration.seconds(60)
    /// How long it takes from one attempt to publish a tick to the next; doubled with each that fails.
    static let retryIntervalMin = Duration.milliseconds(500)
    static let retryIntervalMax = Duration.seconds(4)
    /// How long a queue's last deliveries may be on their way, once it was seen empty.
    static let deliveryMax = Duration.seconds(1)
    /// How many events' ticks are on their way to the broker at a time.
    static let underWayMax = 64

    enum Action: Hashable, Sendable {
        case publishTick(EventID)
        case lookAtQueue(EventID)
    }

    /// What became of an action.
    enum Result: Hashable, Sendable {
        case published, notPublished
        case empty, notEmpty
    }

    fileprivate enum State: Hashable, Sendable {
        case waiting(until: Instant, failures: Int)
        case due(failures: Int)
        case publishing(failures: Int)
        case ticked(patientUntil: Instant)
        case watching(since: Instant, failures: Int)
        case emptied(lookedAt: Instant)
        case direct(dueAt: Instant)
    }

    private var states: [EventID: State] = [:]
    /// Events that are due, in the order in which their ticks are published; some may not be due any more.
    private var turns: ArraySlice<EventID> = []
    /// How many actions are under way.
    private var underWay = 0
    /// The events whose owner is to expire directly what is due.
    private(set) var direct: Set<EventID> = []
    /// When the next event's time comes, or before.
    private var nextAt: Instant?

    /// How many events have something held.
    var count: Int { states.count }

    /// Takes in what a batch told that was committed.
    mutating func learn(_ event: EventID, _ deadline: Deadline) {
        switch (deadline, states[event]) {
        case (.exactly(let dueAt?), _): wait(event, until: dueAt)
        case (.exactly(nil), _): set(event, nil)
        case (.atLatest(let dueAt), nil): wait(event, until: dueAt)
        case (.atLatest(let dueAt), .waiting(let until, let failures)?):
            wait(event, until: min(dueAt, until), failures: failures)
        // What comes of the tick tells what is due next.
        case (.atLatest, .due?), (.atLatest, .publishing?), (.atLatest, .ticked?),
            (.atLatest, .watching?), (.atLatest, .emptied?), (.atLatest, .direct?):
            break
        }
    }

    /// Notes which events' time has come at `now`; tells whether there is something to expire directly.
    mutating func advance(to now: Instant) -> Bool {
        guard let next = nextAt, next <= now else { return !direct.isEmpty }
        nextAt = nil
        var due: [(at: Instant, event: EventID, failures: Int)] = []
        for (event, state) in states {
            guard let end = state.end else { continue }
            if end.at > now {
                nextAt = min(end.at, nextAt ?? end.at)
            } else if case .emptied(let lookedAt) = state {
                set(event, .direct(dueAt: lookedAt))
            } else {
                due.append((end.at, event, end.failures))
            }
        }
        for next in due.sorted(by: { ($0.at, $0.event) < ($1.at, $1.event) }) {
            set(next.event, .due(failures: next.failures))
            turns.append(next.event)
        }
        return !direct.isEmpty
    }

    /// The actions that may be taken now; what becomes of each is to be ``heard(_:of:at:)``.
    mutating func begin() -> [Action] {
        var actions: [Action] = []
        while underWay < Self.underWayMax, let event = turns.popFirst() {
            guard case .due(let failures) = states[event] else { continue }
            set(event, .publishing(failures: failures))
            underWay += 1
            actions.append(.publishTick(event))
        }
        return actions
    }

    /// Takes in what became of an action, and says what follows: of the same event, or of others whose turn it is.
    mutating func heard(_ result: Result, of event: EventID, at now: Instant) -> [Action] {
        switch (result, states[event]) {
        case (.published, .publishing?):
            wait(event, in: .ticked(patientUntil: now.advanced(by: Self.tickPatience)))
        case (.notPublished, .publishing(let failures)?):
            set(event, .watching(since: now, failures: failures))
            return [.lookAtQueue(event)]
        case (.empty, .watching(let since, _)?): wait(event, in: .emptied(lookedAt: since))
        case (.notEmpty, .watching(_, let failures)?):
            wait(
                event, until: now.advanced(by: Self.retryInterval(after: failures)),
                failures: failures + 1)
        // A batch told meanwhile what is due next.
        case (.published, _), (.notPublished, _), (.empty, _), (.notEmpty, _): break
        }
        underWay -= 1
        return begin()
    }

    /// Those of `events` that the owner is to expire directly, and what was due when; it has them in hand then.
    mutating func takeDirect(
        _ events: Set<EventID>, at now: Instant
    ) -> [(event: EventID, dueAt: Instant)] {
        direct.intersection(events).sorted().compactMap { event in
            guard case .direct(let dueAt) = states[event] else { return nil }
            wait(event, in: .ticked(patientUntil: now.advanced(by: Self.tickPatience)))
            return (event, dueAt)
        }
    }

    private static func retryInterval(after failures: Int) -> Duration {
        min(retryIntervalMax, retryIntervalMin * (1 << min(failures, 10)))
    }

    private mutating func wait(_ event: EventID, until time: Instant, failures: Int = 0) {
        wait(event, in: .waiting(until: time, failures: failures))
    }

    private mutating func wait(_ event: EventID, in state: State) {
        set(event, state)
        guard let end = state.end else { return }
        nextAt = min(end.at, nextAt ?? end.at)
    }

    private mutating func set(_ event: EventID, _ state: State?) {
        states[event] = state
        if case .direct = state {
            direct.insert(event)
        } else if !direct.isEmpty {
            direct.remove(event)
        }
    }
}

extension ExpirySchedule.State {
    /// When it ends by itself, and how often a tick could not be published until then.
    fileprivate var end: (at: Instant, failures: Int)? {
        switch self {
        case .waiting(let time, let failures): (time, failures)
        case .ticked(let time): (time, 0)
        case .emptied(let time): (time.advanced(by: ExpirySchedule.deliveryMax), 0)
        case .due, .publishing, .watching, .direct: nil
        }
    }
}
