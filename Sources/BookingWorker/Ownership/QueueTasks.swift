import BookingDomain
import Synchronization

/// What is to be done about the queues of a shard, and in which order.
///
/// An event that changed goes first: a new one does not wait until all others are consumed.
final class QueueTasks: Sendable {
    enum Item: Hashable, Sendable {
        /// An event was made or changed: whether it is to be consumed is to be read.
        case look(EventID)
        case add(EventID)
        /// An event was consumed on a channel that had to be opened anew.
        case goOn(EventID)
        /// An event has a message that nobody here can read, and is to be taken off.
        case leave(EventID)
        /// Which events are to be consumed is to be read; ``found(_:)`` takes it.
        case lookAtAll

        /// The event it is about, if it is about one.
        var event: EventID? {
            switch self {
            case .look(let event), .add(let event), .goOn(let event), .leave(let event): event
            case .lookAtAll: nil
            }
        }
    }

    /// How many changed events are remembered; when there are more, all are looked at instead.
    static let changesMax = 1000

    /// Comes when there may be something to do.
    let occasions: AsyncStream<Void>
    /// The events of which somebody is to find out whether their queues can be consumed.
    let doubts: AsyncStream<EventID>
    private let tell: AsyncStream<Void>.Continuation
    private let ask: AsyncStream<EventID>.Continuation
    private let state = Mutex(State())

    private struct State {
        var isLookAtAllDue = false
        /// At most one a channel: nothing more is taken from it until its event is taken off.
        var leaving: [EventID] = []
        var changed: [EventID] = []
        var found: ArraySlice<Item> = []
        var doubts: [EventID: Doubt] = [:]
    }

    /// How it stands with an event whose queue perhaps cannot be consumed.
    private enum Doubt {
        /// It is among the doubts, or being looked into; perhaps an obstacle was found before.
        case open(wasHindered: Bool)
        case hindered
        /// It can, and the event is to be added.
        case resolved
    }

    init() {
        (occasions, tell) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        (doubts, ask) = AsyncStream.makeStream()
    }

    /// It is time to look at all events.
    func timeHasPassed() {
        state.withLock { $0.isLookAtAllDue = true }
        tell.yield()
    }

    /// An event was made or changed.
    func changed(_ event: EventID) {
        state.withLock { state in
            guard !state.changed.contains(event) else { return }
            state.changed.append(event)
            // What was found of it before does not count any more.
            state.found.removeAll { $0.event == event }
            if state.changed.count > Self.changesMax {
                state.changed = []
                state.isLookAtAllDue = true
            }
        }
        tell.yield()
    }

    /// An event is to be taken off, before all else: its channel stands still.
    func leave(_ event: EventID) {
        state.withLock { $0.leaving.append(event) }
        tell.yield()
    }

    /// The events that changed and are still to be looked at.
    var changes: [EventID] { state.withLock { $0.changed } }

    /// The look at all events found these to be added.
    ///
    /// What has changed since then is looked at for itself.
    func found(_ events: [EventID]) {
        state.withLock { state in
            let changed = Set(state.changed)
            state.found = events.filter { !changed.contains($0) }.map { .add($0) }[...]
        }
    }

    /// These have to be consumed again, before what was found; the same holds for what has changed.
    func goOn(with events: [EventID]) {
        state.withLock { state in
            let changed = Set(state.changed)
            state.found =
                events.filter { !changed.contains($0) }.map { .goOn($0) } + state.found
        }
    }

    /// An event is to be consumed, but perhaps its queue cannot be.
    func doubt(_ event: EventID) {
        let isNew = state.withLock { state in
            switch state.doubts[event] {
            case .open: return false
            case .hindered: state.doubts[event] = .open(wasHindered: true)
            case .resolved, nil: state.doubts[event] = .open(wasHindered: false)
            }
            return true
        }
        if isNew { ask.yield(event) }
    }

    /// What became of a doubt; either way the event is looked at once more, for it may be paused by now.
    ///
    /// Returns whether an obstacle was found for the first time.
    func resolve(_ event: EventID, isHindered: Bool) -> Bool {
        let isNews = state.withLock { state in
            let before = state.doubts.updateValue(isHindered ? .hindered : .resolved, forKey: event)
            return if case .open(wasHindered: false) = before { isHindered } else { false }
        }
        changed(event)
        return isNews
    }

    /// Whether the last doubt about the event was resolved; tells that once.
    func takeResolution(of event: EventID) -> Bool {
        state.withLock { state in
            guard case .resolved = state.doubts[event] else { return false }
            state.doubts[event] = nil
            return true
        }
    }

    /// What is to be done next; `nil` when there is nothing.
    func next() -> Item? {
        state.withLock { state in
            if !state.leaving.isEmpty { return .leave(state.leaving.removeFirst()) }
            if !state.changed.isEmpty { return .look(state.changed.removeFirst()) }
            if let item = state.found.popFirst() { return item }
            defer { state.isLookAtAllDue = false }
            return state.isLookAtAllDue ? .lookAtAll : nil
        }
    }
}
