import BookingDomain

/// Which commands wait for the broker, which are on their way, and who waits for each: a value that
/// decides when what is published.
///
/// ``CommandBatcher`` performs it.
///
/// The rule, per event: at most one batch is in flight. A command that finds none goes at once, alone;
/// commands that come while one is in flight gather, and go together when it returns. So a lone
/// request pays no wait, and under load batches grow by themselves. An event is here only while a
/// batch of it is in flight, and its batches go in the order of their commands' coming, so the line
/// keeps the order of acceptance. A line that is busy has a shortest time between two departures: see
/// ``BatchLimits``.
struct BatchLine: Sendable {
    typealias Submitter = UInt64
    typealias Instant = ContinuousClock.Instant

    /// A batch to be published now.
    struct Flight: Hashable, Sendable {
        let event: EventID
        let commands: [BookCommand]
    }

    enum Submission: Hashable, Sendable {
        /// Publish this now, and tell of its return with ``BatchLine/land(_:)``.
        case depart(Flight)
        /// The command goes with a later batch, or is on its way already.
        case wait
        /// The key is in use for another basket.
        case keyReused
        /// There is no room.
        case full
    }

    private let limits: BatchLimits
    private var lines: [EventID: EventLine] = [:]
    /// Those who wait, and for what.
    private var waiting: [Submitter: (event: EventID, key: BookingKey)] = [:]
    /// Everybody who came, in the order of coming, until their time is over.
    private var deadlines: [(submitter: Submitter, at: Instant)] = []
    private var deadlinesPassed = 0
    /// How much of the room for gathered commands is taken.
    private(set) var gathered = 0

    init(limits: BatchLimits) { self.limits = limits }

    /// Takes a command whose submitter waits until `deadline`; deadlines must not decrease.
    mutating func submit(
        _ command: BookCommand, to event: EventID, by submitter: Submitter, until deadline: Instant
    ) -> Submission {
        let isFirst = lines[event] == nil
        let room = gathered < limits.gatheredMax ? limits.gatheredPerEventMax : 0
        let entrance = lines[event, default: EventLine()].enter(
            command, by: submitter, room: isFirst ? 1 : room)
        switch entrance {
        case .keyReused: return .keyReused
        case .full: return .full
        case .joined: break
        case .gathered: gathered += 1
        }
        waiting[submitter] = (event, command.key)
        deadlines.append((submitter, deadline))
        guard isFirst else { return .wait }
        return depart(event).map { .depart($0) } ?? .wait
    }

    /// The event's batch in flight has returned: who still waits for it.
    ///
    /// What gathered behind it goes with ``depart(_:)``, which must follow.
    mutating func land(_ event: EventID) -> [Submitter] {
        let landed = lines[event]?.land() ?? []
        return landed.filter { waiting.removeValue(forKey: $0) != nil }
    }

    /// What goes next to an event whose batch has landed; `nil` when nothing gathered.
    mutating func depart(_ event: EventID) -> Flight? {
        let before = lines[event]?.gathered ?? 0
        let commands = lines[event]?.depart(limits) ?? []
        gathered -= before - (lines[event]?.gathered ?? 0)
        guard !commands.isEmpty else {
            lines[event] = nil
            return nil
        }
        return Flight(event: event, commands: commands)
    }

    /// Those whose time is over at `now`.
    ///
    /// A command that only they wanted and that is not on its way yet goes nowhere.
    mutating func expire(at now: Instant) -> [Submitter] {
        var expired: [Submitter] = []
        while deadlinesPassed < deadlines.count, deadlines[deadlinesPassed].at <= now {
            let submitter = deadlines[deadlinesPassed].submitter
            deadlinesPassed += 1
            if withdraw(submitter) { expired.append(submitter) }
        }
        if deadlinesPassed > deadlines.count / 2 {
            deadlines.removeFirst(deadlinesPassed)
            deadlinesPassed = 0
        }
        return expired
    }

    /// Takes back a submitter; `false` when it did not wait any more.
    mutating func withdraw(_ submitter: Submitter) -> Bool {
        guard let (event, key) = waiting.removeValue(forKey: submitter) else { return false }
        lines[event]?.withdraw(submitter, of: key)
        return true
    }
}
