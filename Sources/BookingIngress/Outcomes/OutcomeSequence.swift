import BookingDomain
import BookingMessages

/// Whether all outcomes of each shard are heard: a value that is told of every message.
///
/// A message tells the number of its batch and of the shard's batch before, and names the history that the
/// shard's database has.
struct OutcomeSequence: Sendable {
    enum Finding: Hashable, Sendable {
        case inOrder
        /// Batches were written between the last message and this one whose outcomes were not heard.
        case missed
        /// The database has been restored, or lost its last transactions: what was heard may not be so.
        case otherHistory
    }

    private struct Last: Sendable {
        /// `nil` when anything may have been missed.
        var batch: Int64?
        var incarnation: String?
    }

    /// The last message of each shard.
    private var shards: [ShardNumber: Last] = [:]

    /// Takes in a message.
    mutating func heard(_ message: OutcomeMessage) -> Finding {
        guard let last = shards[message.shard] else {
            shards[message.shard] = Last(
                batch: message.batch > 0 ? message.batch : nil, incarnation: message.incarnation)
            return .inOrder
        }
        if let incarnation = message.incarnation {
            shards[message.shard]?.incarnation = incarnation
            if let known = last.incarnation, known != incarnation {
                shards[message.shard]?.batch = message.batch > 0 ? message.batch : nil
                return .otherHistory
            }
        }
        // Only repeats, or of a worker that does not say it.
        guard message.batch > 0, let previous = message.previousBatch else { return .inOrder }
        shards[message.shard]?.batch = message.batch
        guard let lastBatch = last.batch else { return .inOrder }
        // A snapshot that was put back has the same history. So has an owner that woke up late, and told of
        // a batch of old: then little is lost by it.
        guard message.batch > lastBatch else { return .otherHistory }
        return previous <= lastBatch ? .inOrder : .missed
    }

    /// Anything may have been missed: begins anew, but for what is known of histories.
    mutating func resubscribed() {
        for shard in Array(shards.keys) { shards[shard]?.batch = nil }
    }
}
