/// A worker: what it believes, and how far it is with what it has in hand.
///
/// What is in its hand is what the queue has given to its channel, in order: first the messages of the
/// batch that is committed (`committed`), then those of the batch on its way into the database, then
/// what waits. The same number names the worker and its channel.
struct Worker: Hashable, Sendable {
    /// Whether the process was stopped, or starved, and may go on at any time as if nothing had happened.
    var isFrozen = false
    /// The lease it believes it has; 0 for none.
    var epoch: UInt8 = 0
    var channel = Channel.none
    /// The version of its ledger; `nil` when it has none in memory.
    var ledger: UInt8?
    /// What the ledger takes for decided, without having asked: nothing, but in a variant.
    var remembered = CommandSet()
    /// Whether what comes may have been decided before, and is looked up: `RecallWindow`.
    var recalls = false
    /// How many messages in its hand are committed, and may be announced and acknowledged.
    var committed: UInt8 = 0
    /// The batch that is on its way into the database.
    var transaction: BatchTransaction?
    /// When it wants to publish a tick, by booking.
    var timers = TimePerBooking()
    var tick = OutgoingTick()
    /// Whether it has stopped consuming, to hand the shard over (a variant).
    var isLeaving = false

    enum Channel: UInt8, Sendable {
        case none, open
        /// The broker has ended it, and the worker has not heard of that.
        case cut
    }

    /// Whether it does something for the shard, or thinks so.
    var serves: Bool { epoch > 0 }
    var canAct: Bool { !isFrozen && serves }
}
