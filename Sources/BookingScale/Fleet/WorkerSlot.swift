/// One place in the fleet, in which at most one worker process runs at a time.
///
/// A value: each event returns what is to be done, and ``FleetService`` does it.
///
///     empty ──want──▶ due ──started──▶ running ──unwant──▶ stopping ──died──▶ empty
///                      ▲ ▲                │                 │
///                      │ └──── died ──────┘                 │ wanted again meanwhile
///                      └──────────────── died ──────────────┘
struct WorkerSlot: Sendable {
    /// What is to be done to a process.
    enum Action: Hashable, Sendable {
        case start
        /// Ask it to end.
        case terminate(pid: Int32)
        /// Make it end.
        case kill(pid: Int32)
    }

    enum State: Hashable, Sendable {
        case empty
        /// To be started at that time, after it has died at once, with this wait, before.
        case due(ContinuousClock.Instant, waited: Duration)
        /// Runs; the wait was that before its start.
        case running(pid: Int32, since: ContinuousClock.Instant, waited: Duration)
        /// Was asked to end; when its time is over it is killed.
        case stopping(pid: Int32, until: ContinuousClock.Instant, isKilled: Bool)
    }

    private(set) var state = State.empty
    private(set) var isWanted = false

    /// The process that runs or ends in this place.
    var pid: Int32? {
        switch state {
        case .empty, .due: nil
        case .running(let pid, _, _), .stopping(let pid, _, _): pid
        }
    }

    /// Whether a process works here that is to go on doing so.
    var isRunning: Bool {
        switch state {
        case .running: true
        case .empty, .due, .stopping: false
        }
    }

    /// There shall be a worker here from now on, or none, which may take `stopMax` to end.
    mutating func want(
        _ isWanted: Bool, at now: ContinuousClock.Instant, stopMax: Duration
    ) -> Action? {
        self.isWanted = isWanted
        switch (state, isWanted) {
        case (.empty, true):
            state = .due(now, waited: .zero)
            return nil
        case (.due, false):
            state = .empty
            return nil
        case (.running(let pid, _, _), false):
            state = .stopping(pid: pid, until: now + stopMax, isKilled: false)
            return .terminate(pid: pid)
        case (.empty, false), (.due, true), (.running, true), (.stopping, _): return nil
        }
    }

    /// Time has passed.
    mutating func look(at now: ContinuousClock.Instant) -> Action? {
        switch state {
        case .due(let time, _) where time <= now: return .start
        case .stopping(let pid, let end, false) where end <= now:
            state = .stopping(pid: pid, until: end, isKilled: true)
            return .kill(pid: pid)
        case .empty, .due, .running, .stopping: return nil
        }
    }

    /// What ``look(at:)`` asked for was done.
    mutating func started(pid: Int32, at now: ContinuousClock.Instant) {
        guard case .due(_, let waited) = state else { return }
        state = .running(pid: pid, since: now, waited: waited)
    }

    /// It could not be started, or its process has ended; returns the wait before the next start, if
    /// there is to be one.
    mutating func died(at now: ContinuousClock.Instant) -> Duration? {
        let wait: Duration
        switch state {
        case .empty: return nil
        case .due(_, let waited): wait = Self.longer(than: waited)
        case .running(_, let since, let waited):
            let isShort = since.duration(to: now) < ScaleLimits.shortLife
            wait = isShort ? Self.longer(than: waited) : .zero
        case .stopping: wait = .zero
        }
        state = isWanted ? .due(now + wait, waited: wait) : .empty
        return isWanted ? wait : nil
    }

    private static func longer(than waited: Duration) -> Duration {
        min(max(waited * 2, ScaleLimits.restartDelayMin), ScaleLimits.restartDelayMax)
    }
}
