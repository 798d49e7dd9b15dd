import BookingDomain
import BookingMessages

/// Whether all outcomes of each shard are heard: a value that is told of every message.
///
/// A message tells the number of its batch and of the shard's batch before, and names the history that the
/// shard's database has.
struct OutcomeSequence: Sendable {
    enum Finding: Hashable, Sendable {
        case inOrder
        /// A former owner tells of its last batch now: nothing is missed by that, nor is it news of the shard.
        case late
        /// Batches were written between the last message and this one whose outcomes were not heard.
        case missed
        /// The database has been restored, or lost its last transactions: what was heard may not be so.
        case otherHistory

        /// Whether something was not heard that is so.
        var isGap: Bool {
            switch self {
            case .inOrder, .late: false
            case .missed, .otherHistory: true
            }
        }
    }

    /// The most batches of a shard that may still be told late.
    ///
    /// An owner tells of no more than it decided last, before the shard was taken from it.
    static let lateMax: Int64 = 64

    private struct Last: Sendable {
        /// `nil` when anything may have been missed.
        var batch: Int64?
        var incarnation: String?
        /// Batches that were missed last, and not told since.
        var untold: Set<Int64> = []

        mutating func heard(_ message: OutcomeMessage) -> Finding {
            let batch = message.batch > 0 ? message.batch : nil
            if let known = incarnation, let told = message.incarnation, known != told {
                self = Last(batch: batch, incarnation: told)
                return .otherHistory
            }
            incarnation = message.incarnation ?? incarnation
            // Only repeats, or of a worker that does not say it.
            guard let batch, let previous = message.previousBatch else { return .inOrder }
            guard let last = self.batch else {
                self.batch = batch
                return .inOrder
            }
            guard batch > last else {
                // In one history each batch is told once. So what was heard before, or is too old to be told
                // late, is of a snapshot that was put back, which has the same incarnation.
                if untold.remove(batch) != nil { return .late }
                self.batch = batch
                untold = []
                return .otherHistory
            }
            self.batch = batch
            guard previous > last else { return .inOrder }
            untold = Set(max(last + 1, previous - OutcomeSequence.lateMax + 1)...previous)
            return .missed
        }
    }

    /// The last message of each shard.
    private var shards: [ShardNumber: Last] = [:]

    /// Takes in a message.
    mutating func heard(_ message: OutcomeMessage) -> Finding {
        let batch = message.batch > 0 ? message.batch : nil
        guard var last = shards[message.shard] else {
            shards[message.shard] = Last(batch: batch, incarnation: message.incarnation)
            return .inOrder
        }
        let finding = last.heard(message)
        shards[message.shard] = last
        return finding
    }

    /// Anything may have been missed: begins anew, but for what is known of histories.
    mutating func resubscribed() {
        for shard in Array(shards.keys) {
            shards[shard]?.batch = nil
            shards[shard]?.untold = []
        }
    }
}
