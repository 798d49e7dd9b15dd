import NIOCore

/// How far a run has come: counts of the whole run up to now.
struct LoadProgress: Hashable, Sendable {
    enum Phase: Hashable, Sendable {
        case warmup
        case counting
        /// No more requests are sent; what is under way is waited for.
        case ending
    }

    let phase: Phase
    let elapsed: Duration
    let outcomes: Int
    let reads: Int
    let refusals: Int
    let faults: Int
    let inFlight: Int
    /// Of what has been counted so far; `nil` before the first.
    let p99: Duration?
}

extension LoadTally {
    /// A snapshot at `now`, with so many requests sent and not done.
    func progress(inFlight: Int, at now: NIODeadline) -> LoadProgress {
        let record = outcome.count > 0 ? outcome : read
        return LoadProgress(
            phase: now < window.countedFrom ? .warmup : now < window.end ? .counting : .ending,
            elapsed: Duration(now - window.begin), outcomes: total.outcomes, reads: total.reads,
            refusals: total.refusals, faults: total.faults, inFlight: inFlight,
            p99: record.count > 0 ? record.quantile(0.99) : nil)
    }
}
