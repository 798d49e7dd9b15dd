package import BookingDomain
import Synchronization

/// How a worker stands with one of its shards, for readiness and for the operator.
package final class ShardCondition: Sendable {
    package enum State: Sendable, Equatable {
        /// Not begun yet.
        case starting
        /// Another worker has the lease.
        case waiting
        /// The lease is ours and the queues are being consumed.
        case serving
        /// Given up for now; it is tried again.
        case failed(String)
        /// Ended, as asked.
        case stopped
    }

    package let shard: ShardNumber
    private let state = Mutex(State.starting)
    private let parkedEvents = Mutex(0)

    init(shard: ShardNumber) { self.shard = shard }

    package var current: State { state.withLock { $0 } }

    func set(_ new: State) { state.withLock { $0 = new } }

    func parked(_ count: Int) { parkedEvents.withLock { $0 = count } }

    /// What is not served of a shard that is, or `nil`.
    package var shortcoming: String? {
        let count = parkedEvents.withLock { $0 }
        return switch count {
        case 0: nil
        case 1:
            "1 event is parked: another version of the program is needed to read its next message"
        default: "\(count) events are parked: another version is needed to read their next messages"
        }
    }

    /// What keeps the shard from being served, or `nil`.
    ///
    /// That another worker serves it is no problem.
    package var problem: String? {
        switch current {
        case .starting: "not begun yet"
        case .failed(let problem): problem
        case .stopped: "stopped"
        case .waiting, .serving: nil
        }
    }
}
