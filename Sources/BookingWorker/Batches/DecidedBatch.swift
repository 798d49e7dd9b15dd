import BookingBroker
import BookingDomain
import BookingStore

/// A batch that is decided, and nothing more: nobody may hear of it before it is committed.
struct DecidedBatch: Sendable {
    let batch: Batch
    /// What it does, event by event; nothing when its commands were all applied before.
    let effects: [EventEffect]
    /// Commands for events that the database does not know.
    let orphans: [DeadLetter]

    /// Applies the commands to ledgers that were told all they have to know.
    init(_ commands: BatchPlanner.Commands, on ledgers: [EventID: EventLedger], at now: Instant) {
        var batch = Batch(ledgers)
        var orphans: [DeadLetter] = []
        for command in commands where !batch.apply(command, at: now) {
            orphans.append(DeadLetter(command, problem: "the database knows no such event"))
        }
        self.batch = batch
        self.orphans = orphans
        effects = batch.effects
    }

    /// Expires more of what is due in these events.
    init(goingOn ledgers: [EventID: EventLedger], at now: Instant) {
        var batch = Batch(ledgers)
        for event in ledgers.keys.sorted() { batch.goOn(event, at: now) }
        self.batch = batch
        orphans = []
        effects = batch.effects
    }
}

/// A batch that is in the database.
struct CommittedBatch: Sendable {
    let decided: DecidedBatch
    /// Its number in the shard; `nil` when there was nothing to write.
    let number: Int64?

    /// Where the bookings stand that the batch made or changed, or that commands were about which came again.
    var bookings: [Booking] {
        var bookings = decided.effects.flatMap { $0.made + $0.changed }
        guard !decided.batch.repeated.isEmpty else { return bookings }
        var seen = Set(bookings.map(\.key))
        for command in decided.batch.repeated {
            guard let key = command.booking, seen.insert(key).inserted,
                let booking = decided.batch.ledgers[command.event]?.booking(key)
            else { continue }
            bookings.append(booking)
        }
        return bookings
    }

    /// What commands came to that asked for changes.
    var changes: [Change] {
        decided.effects.flatMap(\.changes)
            + decided.batch.repeated.compactMap { command in
                decided.batch.ledgers[command.event]?.change(command.id)
            }
    }
}
