/// A batch on its way into the database: fence, versions, counters, bookings, in one pipeline.
///
/// ``LedgerRepository/commit(_:from:under:)`` sends it.
struct BatchTransaction: Hashable, Sendable {
    /// The lease it is written under.
    var epoch: UInt8
    /// The version of the event it was decided on.
    var decidedOn: UInt8
    /// The messages it comes from, in order.
    var messages: MessageList
    /// What it decides: the commands of the messages that the worker does not know as decided.
    var new: CommandSet
    /// Which of them it lets fail.
    var failing = CommandSet()
    /// The database's time when it was decided.
    var time: UInt8 = 0
    /// Whether it expires what has lapsed by `time` without a tick in the line.
    var expiresDirectly = false
    /// Whether the database has run its fence and waits for the rest, and keeps the lease's row locked.
    var isHalfSent = false
}

/// What the database says to a transaction.
enum Verdict: Hashable, Sendable {
    case committed
    /// The lease is lost.
    case fenced
    /// The ledger was out of date.
    case versionConflict
    /// Something expires whose time has not come.
    case notDue
    /// One of the bookings is there already.
    case decidedBefore
}
