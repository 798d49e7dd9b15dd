import NIOCore

/// Everything that is counted in a run.
///
/// Latencies, outcomes and refusals are those of requests that were due while it counted; faults,
/// losses and the seconds are those of the whole run.
struct LoadTally: Sendable {
    private(set) var window: LoadWindow
    private(set) var accepted = LatencyRecord()
    private(set) var outcome = LatencyRecord()
    private(set) var read = LatencyRecord()
    private(set) var sending = LatencyRecord()
    /// By kind, those that came about while it counted, whenever they were due.
    private(set) var done: [LatencyKind: Int] = [:]
    private(set) var outcomes: [LoadOutcome: Int] = [:]
    private(set) var refusals: [Refusal: RefusalCount] = [:]
    private(set) var faults: [LoadFault: Int]
    private(set) var losses: [LossCause: Int] = [:]
    /// Requests that were never sent.
    var leftOut = 0
    /// By second from the beginning, warm-up and end included.
    private(set) var seconds: [LoadSecond] = []
    /// Of the whole run.
    private(set) var total = LoadSecond()

    /// Begins with the `faults` that came before the run itself.
    init(window: LoadWindow, faults: [LoadFault: Int] = [:]) {
        self.window = window
        self.faults = faults
        total.faults = faults.values.reduce(0, +)
    }

    /// Counts nothing any more that is due from `now` on.
    mutating func cutShort(at now: NIODeadline) { window.cutShort(at: now) }

    func record(of kind: LatencyKind) -> LatencyRecord {
        switch kind {
        case .accepted: accepted
        case .outcome: outcome
        case .read: read
        case .sending: sending
        }
    }

    /// Counts what happened at `now`.
    mutating func add(_ note: ConversationNote, at now: NIODeadline) {
        switch note {
        case .accepted(let dueAt):
            if window.counts(now) { done[.accepted, default: 0] += 1 }
            if window.counts(dueAt) { accepted.record(now - dueAt) }
        case .decided(let outcome, let dueAt):
            if window.counts(now) { done[.outcome, default: 0] += 1 }
            if window.counts(dueAt) {
                self.outcome.record(now - dueAt)
                outcomes[outcome, default: 0] += 1
            }
            addToSeconds(at: now, took: now - dueAt) { $0.outcomes += 1 }
        case .read(let dueAt):
            if window.counts(now) { done[.read, default: 0] += 1 }
            if window.counts(dueAt) { read.record(now - dueAt) }
            addToSeconds(at: now, took: now - dueAt) { $0.reads += 1 }
        case .refused(let refusal, let saysWhen, let dueAt):
            if window.counts(dueAt) {
                refusals[refusal, default: RefusalCount()].all += 1
                if !saysWhen { refusals[refusal, default: RefusalCount()].withoutRetryAfter += 1 }
            }
            addToSeconds(at: now) { $0.refusals += 1 }
        case .failed(let fault):
            faults[fault, default: 0] += 1
            addToSeconds(at: now) { $0.faults += 1 }
        case .lost(let cause): losses[cause, default: 0] += 1
        }
    }

    /// Counts that a request was sent at `now`.
    mutating func sent(dueAt: NIODeadline, at now: NIODeadline) {
        if window.counts(now) { done[.sending, default: 0] += 1 }
        if window.counts(dueAt) { sending.record(now - dueAt) }
    }

    private mutating func addToSeconds(
        at now: NIODeadline, took latency: TimeAmount? = nil, _ add: (inout LoadSecond) -> Void
    ) {
        let second = window.second(of: now)
        while seconds.count <= second { seconds.append(LoadSecond()) }
        add(&seconds[second])
        add(&total)
        if let latency {
            seconds[second].slowest = max(seconds[second].slowest, Duration(latency))
        }
    }
}
