import BookingDomain
import FaultPoints
import Synchronization

/// The shards one worker serves, and those it should have or give back; shared by all its parts.
final class Holdings: Sendable {
    private struct State {
        /// In the order in which they came.
        var served: [ShardNumber] = []
        /// Claims under way, which may become shards served.
        var asking = 0
        var share = 0
        /// How many of the youngest are to be given back.
        var surplus = 0
        var failedAt: ContinuousClock.Instant?
        var isStopping = false
    }

    private let state = Mutex(State())

    var served: [ShardNumber] { state.withLock { $0.served } }

    /// Whether this worker could serve more: nothing failed of late, and it is not stopping.
    var isAble: Bool {
        state.withLock { state in
            guard !state.isStopping else { return false }
            return state.failedAt.map { .now - $0 > WorkerLimits.failureRest } ?? true
        }
    }

    /// Takes note of what the others have left to this worker.
    func settle(_ share: FairShare) {
        state.withLock { state in
            state.share = share.count
            // What was given back since the others were asked is not to be given back again.
            state.surplus = min(share.surplus, max(0, state.served.count - share.count))
        }
    }

    /// Begins a claim; returns whether the shard may be taken though others may be waiting for it.
    func beginClaim() -> Bool {
        state.withLock { state in
            state.asking += 1
            return state.served.count + state.asking <= state.share
        }
    }

    func endClaim(of shard: ShardNumber, isTaken: Bool) {
        state.withLock { state in
            state.asking -= 1
            if isTaken { state.served.append(shard) }
        }
    }

    /// Whether the shard is among those to be given back: the youngest go first.
    func isToGiveBack(_ shard: ShardNumber) -> Bool {
        state.withLock { $0.served.suffix($0.surplus).contains(shard) }
            && !PlantedBug.twoConsumers.isOn
    }

    func gaveBack(_ shard: ShardNumber) {
        state.withLock { state in
            state.served.removeAll { $0 == shard }
            // Until the next look at the others, the rest stays.
            state.surplus = max(0, state.surplus - 1)
        }
    }

    /// Something failed; for a while the worker leaves shards to others.
    func fail() { state.withLock { $0.failedAt = .now } }

    func stop() { state.withLock { $0.isStopping = true } }
}
