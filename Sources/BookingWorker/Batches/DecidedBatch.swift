import BookingBroker
import BookingDomain
import BookingStore

/// A batch that is decided, and nothing more: nobody may hear of it before it is committed.
struct DecidedBatch: Sendable {
    private(set) var batch: Batch
    /// Commands for events that the database does not know.
    private(set) var orphans: [DeadLetter] = []

    /// Decides the entries on ledgers that were told all they have to know.
    init(_ entries: BatchPlanner.Entries, on ledgers: [EventID: EventLedger], at now: Instant) {
        batch = Batch(ledgers)
        for (event, command) in entries where !batch.apply(command, of: event, at: now) {
            orphans.append(
                DeadLetter(command, of: event, problem: "the database knows no such event"))
        }
    }
}

/// A batch that is in the database.
struct CommittedBatch: Sendable {
    let batch: Batch
    let orphans: [DeadLetter]
    /// Its number in the shard; `nil` when there was nothing to write.
    let number: Int64?

    init(_ decided: DecidedBatch, number: Int64?) {
        batch = decided.batch
        orphans = decided.orphans
        self.number = number
    }
}
