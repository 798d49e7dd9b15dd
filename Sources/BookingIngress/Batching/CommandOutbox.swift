import BookingDomain
import DequeModule

/// The outbox for commands: what waits for the broker, what is on its way, and which submitters wait.
///
/// A value that decides when what is published.
///
/// ``CommandBatcher`` performs it.
///
/// The rule, per event: at most one batch is in flight. A command that finds none goes at once, alone;
/// commands that come while one is in flight gather, and go together when it returns. So a lone
/// request pays no wait, and under load batches grow by themselves. An event is here only while
/// something of it is, and its batches go in the order of their commands' coming, so the line
/// keeps the order of acceptance. An event that is busy has a shortest time between two departures: see
/// ``BatchLimits``.
///
/// And over all events: no more batches are in flight than the broker takes soon. Events that find as
/// many depart in turn, and their batches grow meanwhile.
struct CommandOutbox: Sendable {
    typealias Submitter = UInt64
    typealias Instant = ContinuousClock.Instant

    /// A batch to be published now.
    struct Flight: Hashable, Sendable {
        let event: EventID
        let commands: [Command]
        fileprivate let permit: FlightWindow.Permit
    }

    enum Submission: Hashable, Sendable {
        /// The command goes with a batch of ``CommandOutbox/next(at:)``, or is on its way already.
        case taken
        /// The id is in use for another request.
        case keyReused
        /// There is no room.
        case full
    }

    /// Somebody whose time is over.
    struct Expiry: Hashable, Sendable {
        let submitter: Submitter
        /// Whether the broker says nothing; otherwise there is too much to do.
        let isBrokerSilent: Bool
    }

    private let limits: BatchLimits
    private let patience: Duration
    private var outboxes: [EventID: EventOutbox] = [:]
    private var window: FlightWindow
    /// Events of which something has gathered and nothing is in flight, in the order of their turns.
    private var turns: Deque<EventID> = []
    /// Those who wait, and for what.
    private var waiting: [Submitter: (event: EventID, key: CommandID)] = [:]
    /// Everybody who came, in the order of coming, until ``patience`` is over.
    private var deadlines: Deque<(submitter: Submitter, at: Instant)> = []
    /// Those who then still wait, but not for a silent broker, until it is over once more.
    private var lastDeadlines: Deque<(submitter: Submitter, at: Instant)> = []
    /// How much of the room for gathered commands is taken.
    private(set) var gathered = 0

    /// An outbox whose submitters wait for a silent broker for `patience`, and for their turn as long again.
    init(limits: BatchLimits, patience: Duration) {
        self.limits = limits
        self.patience = patience
        window = FlightWindow(size: limits.flightsMax, memory: limits.flightMemory)
    }

    /// Takes a command; ``next(at:)`` must follow.
    mutating func submit(
        _ command: Command, by submitter: Submitter, at now: Instant
    ) -> Submission {
        let event = command.event
        let isFirst = outboxes[event] == nil
        let room = gathered < limits.gatheredMax ? limits.gatheredPerEventMax : 0
        // What finds nobody in turn departs at once, as a rule, and so needs no room.
        let entrance = outboxes[event, default: EventOutbox()].enter(
            command, by: submitter, room: isFirst && turns.isEmpty ? 1 : room)
        switch entrance {
        case .keyReused: return .keyReused
        case .full:
            if isFirst { outboxes[event] = nil }
            return .full
        case .joined: break
        case .gathered: gathered += 1
        }
        waiting[submitter] = (event, command.id)
        deadlines.append((submitter, now + patience))
        if isFirst { turns.append(event) }
        return .taken
    }

    /// The batch has returned: who still waits for it.
    ///
    /// What gathered behind it goes after ``resume(_:)``, which must follow.
    mutating func land(_ flight: Flight) -> [Submitter] {
        window.land(flight.permit)
        let landed = outboxes[flight.event]?.land() ?? []
        return landed.filter { waiting.removeValue(forKey: $0) != nil }
    }

    /// What gathered for an event whose batch has landed may go; ``next(at:)`` must follow.
    mutating func resume(_ event: EventID) {
        if outboxes[event]?.gathered ?? 0 > 0 {
            turns.append(event)
        } else {
            outboxes[event] = nil
        }
    }

    /// What departs next; to be asked until it is nothing.
    mutating func next(at now: Instant) -> Flight? {
        while let event = turns.first {
            guard let permit = window.depart(at: now) else { return nil }
            turns.removeFirst()
            let before = outboxes[event]?.gathered ?? 0
            let commands = outboxes[event]?.depart(limits, at: now) ?? []
            gathered -= before - (outboxes[event]?.gathered ?? 0)
            guard commands.isEmpty else {
                return Flight(event: event, commands: commands, permit: permit)
            }
            // All were withdrawn.
            window.land(permit)
            outboxes[event] = nil
        }
        return nil
    }

    /// Those whose time is over at `now`.
    ///
    /// A command that only they wanted and that is not on its way yet goes nowhere.
    mutating func expire(at now: Instant) -> [Expiry] {
        var expired: [Expiry] = []
        while let first = lastDeadlines.first, first.at <= now {
            lastDeadlines.removeFirst()
            guard let event = withdraw(first.submitter) else { continue }
            expired.append(Expiry(submitter: first.submitter, isBrokerSilent: isStuck(event, now)))
        }
        while let first = deadlines.first, first.at <= now {
            deadlines.removeFirst()
            guard let event = waiting[first.submitter]?.event else { continue }
            if isStuck(event, now) {
                withdraw(first.submitter)
                expired.append(Expiry(submitter: first.submitter, isBrokerSilent: true))
            } else {
                lastDeadlines.append((first.submitter, first.at + patience))
            }
        }
        return expired
    }

    /// Whether the broker has said nothing to the event's batch for as long as anybody waits for that.
    private func isStuck(_ event: EventID, _ now: Instant) -> Bool {
        outboxes[event]?.departure.map { $0 + patience <= now } ?? false
    }

    /// Takes back a submitter; the event it waited for, `nil` when it did not wait any more.
    @discardableResult
    private mutating func withdraw(_ submitter: Submitter) -> EventID? {
        guard let (event, key) = waiting.removeValue(forKey: submitter) else { return nil }
        outboxes[event]?.withdraw(submitter, of: key)
        return event
    }
}
