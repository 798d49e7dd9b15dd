import BookingDomain
import BookingMessages
import Synchronization

/// Finds what outcomes would have told when they are not heard: for the broker takes none, or lost some.
///
/// Each ``interval`` it looks up what is waited for of shards that outcomes were missed of, or that have been
/// silent for ``silenceMax``; so nobody waits much longer than if all were heard, and the databases are
/// asked no oftener.
final class MissedOutcomes: Sendable {
    /// How often it looks.
    private static let interval = Duration.milliseconds(500)
    /// How long a shard may tell nothing while somebody waits for it.
    private static let silenceMax = Duration.seconds(1)
    /// How long it is told that outcomes are missing, after the last that was found.
    private static let noticeTime = Duration.seconds(5)

    private struct State {
        var sequence = OutcomeSequence()
        /// When a shard told something, or was looked into, last.
        var heardAt: [ShardNumber: ContinuousClock.Instant] = [:]
        /// The shards that outcomes were missed of since they were looked into.
        var missed: Set<ShardNumber> = []
        /// When outcomes were found that should have been heard, the last time and the time before.
        ///
        /// Once may be chance: they were on their way.
        var foundAt: ContinuousClock.Instant?
        var foundBefore: ContinuousClock.Instant?
    }

    private let state = Mutex(State())
    private let recentOutcomes: RecentOutcomes
    private let metrics: IngressMetrics

    init(recentOutcomes: RecentOutcomes, metrics: IngressMetrics) {
        self.recentOutcomes = recentOutcomes
        self.metrics = metrics
    }

    /// Takes in that a message was heard; returns what that says of the messages before.
    func heard(
        _ message: OutcomeMessage, at now: ContinuousClock.Instant
    ) -> OutcomeSequence.Finding {
        let finding = state.withLock { state in
            state.heardAt[message.shard] = now
            let finding = state.sequence.heard(message)
            if finding.isGap { state.missed.insert(message.shard) }
            return finding
        }
        if finding.isGap { metrics.missedOutcomes() }
        return finding
    }

    /// A new subscription begins; what was missed before it is looked up by others.
    func resubscribed() { state.withLock { $0.sequence.resubscribed() } }

    /// What an operator should know: that outcomes are found in the databases that were not heard.
    var problem: String? {
        let (last, before) = state.withLock { ($0.foundAt, $0.foundBefore) }
        guard let last, let before, last - before < Self.noticeTime,
            .now - last < Self.noticeTime
        else { return nil }
        return "outcomes are not heard, and are looked up"
    }

    /// Looks up what may have been missed, until cancelled; calls `forget` before, when something was.
    func run(forgetting forget: () -> Void) async {
        while (try? await Task.sleep(for: Self.interval)) != nil {
            let awaited = recentOutcomes.awaitedShards
            let now = ContinuousClock.now
            let (missed, silent) = state.withLock { state in
                let missed = state.missed
                state.missed = []
                let silent = awaited.filter { shard in
                    guard let heardAt = state.heardAt[shard] else { return true }
                    return now - heardAt >= Self.silenceMax
                }
                for shard in silent { state.heardAt[shard] = now }
                return (missed, silent)
            }
            if !missed.isEmpty { forget() }
            let shards = missed.union(silent)
            guard !shards.isEmpty else { continue }
            let found = await recentOutcomes.recoverMissed(of: shards)
            guard found > 0 else { continue }
            metrics.recoveredOutcomes(found)
            state.withLock { state in (state.foundBefore, state.foundAt) = (state.foundAt, .now) }
            // What the catalog knows of these events is as old.
            forget()
        }
    }
}
