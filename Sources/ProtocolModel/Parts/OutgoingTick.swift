/// The one tick that an owner has on its way into the event's queue: one for all that is due.
struct OutgoingTick: Hashable, Sendable {
    var stage = Stage.none
    /// The time it carries: what is held until then expires when it is read.
    var time: UInt8 = 0

    enum Stage: UInt8, Sendable {
        /// No timer has fired, or the tick has been read and its batch is committed.
        case none
        /// Published, and not in the queue yet.
        case departed
        /// Confirmed: it will be read, by this owner or the next.
        case awaited
        /// Refused, or blocked, or not heard of. (The queue may have it all the same.)
        case refused
    }

    /// Whether it sees to what lapses at `time`.
    func covers(_ expiresAt: UInt8) -> Bool { stage != .none && expiresAt <= time }
}
