/// What a load came to.
package struct LoadReport: Sendable {
    /// Its duration is the time that was counted.
    let configuration: LoadConfiguration
    /// How long it should have lasted, if it was ended before its time.
    let planned: Duration?
    /// What tells the run from all others.
    let run: String
    /// Of the kinds that this run can have; each may be empty.
    let latencies: [LatencyReport]
    let outcomes: [LoadOutcome: Int]
    let refusals: [Refusal: RefusalCount]
    let faults: [LoadFault: Int]
    let losses: [LossCause: Int]
    /// Requests of the open loop that were never sent.
    let leftOut: Int
    /// The seconds of the run, warm-up and end included.
    let seconds: [LoadSecond]

    init(configuration: LoadConfiguration, run: String, tally: LoadTally) {
        planned = tally.window.isCutShort ? configuration.duration : nil
        var configuration = configuration
        configuration.duration = tally.window.counted
        let counted = configuration.duration / .seconds(1)
        self.configuration = configuration
        self.run = run
        latencies = configuration.latencyKinds.map { kind in
            let done = Double(tally.done[kind, default: 0])
            return LatencyReport(
                kind, of: tally.record(of: kind),
                perSecond: counted > 0 ? done / counted : 0)
        }
        outcomes = tally.outcomes
        refusals = tally.refusals
        faults = tally.faults
        losses = tally.losses
        leftOut = tally.leftOut
        seconds = tally.seconds
    }

    /// Requests that were refused by a limit of their account or address (429).
    var limited: Int {
        refusals.reduce(0) { $0 + ($1.key.status == 429 ? $1.value.all : 0) }
    }

    /// Why the rate is not what the system bears, if it is not.
    var limitsRemark: String? {
        guard limited > 0 else { return nil }
        return
            "\(limited) requests were refused by the limits of accounts or addresses (429), which set the "
            + "rate: use more --buyers than \(configuration.buyers)."
    }

    /// Accepted bookings without an outcome.
    var lost: Int { losses.values.reduce(0, +) }

    /// Whether it did what it was to do, and nothing was lost.
    package var isClean: Bool { failure == nil }

    /// Why it has failed, if it has.
    var failure: String? {
        if lost > 0 { return "\(lost) accepted bookings never got an outcome." }
        guard latencies.allSatisfy({ $0.kind == .sending || $0.count == 0 }) else { return nil }
        return planned == nil
            ? "There was not a single outcome." : "It was ended before there was an outcome."
    }
}

/// How long requests of one kind took.
struct LatencyReport: Sendable {
    let kind: LatencyKind
    /// Those that were due while it counted.
    let count: Int
    /// Those done while it counted, by the second.
    let perSecond: Double
    let min: Duration
    let p50: Duration
    let p90: Duration
    let p99: Duration
    let p999: Duration
    let max: Duration
    let curve: [LatencyPoint]

    init(_ kind: LatencyKind, of record: LatencyRecord, perSecond: Double) {
        self.kind = kind
        self.perSecond = perSecond
        count = record.count
        min = record.min
        p50 = record.quantile(0.5)
        p90 = record.quantile(0.9)
        p99 = record.quantile(0.99)
        p999 = record.quantile(0.999)
        max = record.max
        curve = record.curve
    }
}

extension LoadConfiguration {
    /// What a run with these settings can time.
    var latencyKinds: [LatencyKind] {
        LatencyKind.allCases.filter { kind in
            switch kind {
            case .accepted: style == .poll && reads < 1
            case .outcome: reads < 1
            case .read: reads > 0
            case .sending: pace != .closed
            }
        }
    }
}
