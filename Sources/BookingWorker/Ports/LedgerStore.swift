package import BookingDomain
package import BookingStore

/// A shard's ledgers, as its owner decides on them and writes them.
///
/// The twin in memory and the repository are held to the same behaviour by `LedgerStoreTests`.
package protocol LedgerStore: Sendable {
    /// The ledgers of those of `events` that exist, as they are now.
    func ledgers(of events: [EventID]) async throws(StoreError) -> [EventID: EventLedger]
    /// Tells `ledgers` which requests to book were decided before; `tooSlow` when that takes too long.
    func recallBookings(
        _ commands: [Command], in ledgers: inout [EventID: EventLedger], within limit: Duration
    ) async throws(StoreError)
    /// Tells `ledgers` what must be known of commands about bookings made before; `tooSlow` likewise.
    func recallChanges(
        _ commands: [Command], in ledgers: inout [EventID: EventLedger], within limit: Duration
    ) async throws(StoreError)
    /// Tells `ledgers` which held bookings of `events` are due first; `tooSlow` likewise.
    func recallDue(
        _ events: [EventID], in ledgers: inout [EventID: EventLedger], within limit: Duration
    ) async throws(StoreError)
    /// Tells `ledgers` what the users of the commands have of limited ticket types; `tooSlow` likewise.
    func recallTaken(
        _ commands: [Command], in ledgers: inout [EventID: EventLedger], within limit: Duration
    ) async throws(StoreError)
    /// When the first of the held bookings of each event is due.
    func deadlines() async throws(StoreError) -> [EventID: Instant]
    /// Makes the same look-ups for nobody: `tooSlow` only when it is the database that is slow.
    func lookUpNothing(within limit: Duration) async throws(StoreError)
    /// Writes what a batch does that came in `messages`, whole or not at all; returns its number.
    ///
    /// Throws `fenced` when the lease is lost, `versionConflict` when the ledgers were out of date,
    /// `decidedBefore` when they were not told of a command that has its booking, `refused` when the data is
    /// at fault. After `unknownOutcome` the batch is there or not.
    func commit(
        _ effects: [EventEffect], from messages: Int, under lease: Lease
    ) async throws(StoreError) -> Int64
    /// Throws `fenced` when the lease is lost.
    func fence(under lease: Lease) async throws(StoreError)
    /// Puts a letter among the dead; throws `fenced` when the lease is lost.
    func bury(_ letter: StoredLetter, under lease: Lease) async throws(StoreError)
}

/// What a shard's database remembers of messages that may kill workers.
package protocol TrialStore: Sendable {
    /// Notes that `process` is about to try a message; returns how many began that and did not survive it,
    /// this one included. Throws `fenced` when the lease is lost.
    func trySuspect(
        _ message: MessageDigest, in process: ProcessIdentity, under lease: Lease
    ) async throws(StoreError) -> Int
    /// Notes that a message was applied and that its worker survived it.
    func clearSuspect(_ message: MessageDigest) async throws(StoreError)
    /// Notes that `process` survived these messages, whatever became of them.
    func forgetTrials(
        of messages: [MessageDigest], in process: ProcessIdentity
    ) async throws(StoreError)
}

/// All that batches need of a shard's database.
package typealias BatchStore = LedgerStore & TrialStore

extension LedgerRepository: LedgerStore, TrialStore {}
