import BookingDomain
import BookingStore
import Metrics

/// What a worker counts, by shard.
struct WorkerMetrics: Sendable {
    private let shard: ShardNumber
    private let batches: Counter
    private let batchSize: Recorder
    private let decide: Metrics.Timer
    private let commit: Metrics.Timer
    private let announce: Metrics.Timer
    private let messages: Counter
    private let redeliveries: Counter
    private let unauthenticated: Counter
    private let forged: Counter
    private let repeats: Counter
    private let conflicts: Counter
    private let fenced: Counter
    private let refused: Counter
    private let deadLetters: Counter
    private let slowLookUps: Counter
    private let untoldCount: Counter
    private let expiredHolds: Counter
    private let epoch: Gauge
    private let served: Gauge
    private let parkedEvents: Gauge
    private let parkings: Counter
    private let takeovers: Counter
    private let handOvers: Counter
    private let takeover: Metrics.Timer

    init(shard: ShardNumber) {
        self.shard = shard
        let dimensions = [("shard", shard.description)]
        batches = Counter(label: "boxoffice_batches_total", dimensions: dimensions)
        batchSize = Recorder(label: "boxoffice_batch_commands", dimensions: dimensions)
        decide = Metrics.Timer(label: "boxoffice_batch_decide_seconds", dimensions: dimensions)
        announce = Metrics.Timer(label: "boxoffice_batch_announce_seconds", dimensions: dimensions)
        commit = Metrics.Timer(label: "boxoffice_batch_commit_seconds", dimensions: dimensions)
        messages = Counter(label: "boxoffice_messages_total", dimensions: dimensions)
        redeliveries = Counter(label: "boxoffice_redeliveries_total", dimensions: dimensions)
        unauthenticated = Counter(
            label: "boxoffice_messages_unauthenticated_total", dimensions: dimensions)
        forged = Counter(label: "boxoffice_messages_forged_total", dimensions: dimensions)
        repeats = Counter(label: "boxoffice_repeated_commands_total", dimensions: dimensions)
        conflicts = Counter(label: "boxoffice_version_conflicts_total", dimensions: dimensions)
        fenced = Counter(label: "boxoffice_fenced_batches_total", dimensions: dimensions)
        refused = Counter(label: "boxoffice_refused_batches_total", dimensions: dimensions)
        deadLetters = Counter(label: "boxoffice_dead_letters_total", dimensions: dimensions)
        slowLookUps = Counter(
            label: "boxoffice_slow_lookups_total", dimensions: dimensions)
        untoldCount = Counter(label: "boxoffice_outcomes_untold_total", dimensions: dimensions)
        expiredHolds = Counter(label: "boxoffice_expired_holds_total", dimensions: dimensions)
        epoch = Gauge(label: "boxoffice_shard_epoch", dimensions: dimensions)
        served = Gauge(label: "boxoffice_shard_served", dimensions: dimensions)
        parkedEvents = Gauge(label: "boxoffice_parked_events", dimensions: dimensions)
        parkings = Counter(label: "boxoffice_parkings_total", dimensions: dimensions)
        takeovers = Counter(label: "boxoffice_shard_takeovers_total", dimensions: dimensions)
        handOvers = Counter(label: "boxoffice_shard_hand_overs_total", dimensions: dimensions)
        takeover = Metrics.Timer(
            label: "boxoffice_shard_first_consume_seconds", dimensions: dimensions)
        served.record(0)
        parkedEvents.record(0)
    }

    func claimed(_ claimed: ClaimedLease) {
        epoch.record(claimed.lease.epoch)
        served.record(1)
        if claimed.isTakeover { takeovers.increment() }
    }

    func gaveBack(orderly: Bool) {
        served.record(0)
        parkedEvents.record(0)
        if orderly { handOvers.increment() }
    }

    /// All queues of the shard are being consumed, so long after the lease was taken.
    func consumesAll(after duration: Duration) {
        takeover.recordNanoseconds(duration.clampedNanoseconds)
    }

    func received(messages: Int, redelivered: Int) {
        self.messages.increment(by: messages)
        redeliveries.increment(by: redelivered)
    }

    /// Of the messages received so many had no code, and so many a wrong one.
    func authenticated(allBut absent: Int, forged wrong: Int) {
        if absent > 0 { unauthenticated.increment(by: absent) }
        if wrong > 0 { forged.increment(by: wrong) }
    }

    /// A batch was decided: read, recalled and applied in memory.
    func decided(in duration: Duration) { decide.recordNanoseconds(duration.clampedNanoseconds) }

    /// A batch's outcomes are with the broker.
    func announced(in duration: Duration) {
        announce.recordNanoseconds(duration.clampedNanoseconds)
    }

    /// The broker did not take so many messages with outcomes, or not in time.
    func untold(_ count: Int) { untoldCount.increment(by: count) }

    /// An event was parked.
    func parked() { parkings.increment() }

    /// So many events of the shard are parked now.
    func parked(_ count: Int) { parkedEvents.record(count) }

    func conflicted() { conflicts.increment() }
    func wasFenced() { fenced.increment() }
    func wasRefused() { refused.increment() }
    func lookUpTimedOut() { slowLookUps.increment() }
    func buried(_ count: Int) { deadLetters.increment(by: count) }

    func committed(_ effects: [EventEffect], in duration: Duration) {
        batches.increment()
        batchSize.record(effects.entryCount)
        commit.recordNanoseconds(duration.clampedNanoseconds)
        // Looked up once for each kind of decision, not for each of thousands of bookings.
        var decisions: [Decision: Int] = [:]
        var changes: [ChangeResult: Int] = [:]
        var expired = 0
        for entry in effects.lazy.flatMap(\.entries) {
            switch entry.body {
            case .book(_, _, let decision):
                decisions[Decision(decision), default: 0] += 1
            case .undecodable:
                decisions[Decision(status: .failed, reason: .undecodable), default: 0] += 1
            case .change(let verb, _, let resolution):
                changes[ChangeResult(verb, resolution), default: 0] += 1
            case .expire(let bookings, _, _): expired += bookings.count
            }
        }
        if expired > 0 { expiredHolds.increment(by: expired) }
        for (change, count) in changes {
            Counter(
                label: "boxoffice_changes_total",
                dimensions: [
                    ("shard", shard.description), ("change", change.change),
                    ("refusal", change.refusal?.rawValue ?? ""),
                ]
            ).increment(by: count)
        }
        for (decision, count) in decisions {
            Counter(
                label: "boxoffice_decisions_total",
                dimensions: [
                    ("shard", shard.description), ("status", decision.status.rawValue),
                    ("reason", decision.reason?.rawValue ?? ""),
                ]
            ).increment(by: count)
        }
    }

    private struct Decision: Hashable {
        let status: BookingStatus
        let reason: Reason?

        init(status: BookingStatus, reason: Reason?) {
            self.status = status
            self.reason = reason
        }

        init(_ decision: Entry.Decision) {
            switch decision {
            case .confirmed: self.init(status: .confirmed, reason: nil)
            case .held: self.init(status: .held, reason: nil)
            case .rejected(let reason): self.init(status: .rejected, reason: reason)
            }
        }
    }

    private struct ChangeResult: Hashable {
        let change: String
        let refusal: Change.Refusal?

        init(_ verb: Command.Verb, _ resolution: Entry.Resolution) {
            change = verb.kind?.rawValue ?? "undecodable"
            switch resolution {
            case .applied: refusal = nil
            case .refused(let reason): refusal = reason
            }
        }
    }

    func repeated(_ count: Int) { repeats.increment(by: count) }
}
