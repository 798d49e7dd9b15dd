/// Commands of one shard, of any of its events, decided together to be written in one transaction.
///
/// Starts from the ledgers as they were last committed and works on copies; nothing of it is true
/// until the transaction has committed.
package struct Batch: Sendable {
    /// What the batch adds to the events' logs, event by event.
    package private(set) var entries: [EventID: [Entry]] = [:]
    /// The commands that had been applied before.
    package private(set) var repeated: [Command] = []

    private let opening: [EventID: EventLedger]
    package private(set) var ledgers: [EventID: EventLedger]

    package init(_ ledgers: [EventID: EventLedger]) {
        opening = ledgers
        self.ledgers = ledgers
    }

    /// Applies `command` in the line of its event; `false` when there is no such event in this batch.
    package mutating func apply(_ command: Command, at now: Instant) -> Bool {
        guard let application = ledgers[command.event]?.apply(command, at: now) else {
            return false
        }
        switch application {
        case .applied(let entry): note(entry, of: command.event)
        case .repeated: repeated.append(command)
        case .nothing: break
        }
        return true
    }

    /// Continues the expiry of what is due in an event, by one entry.
    package mutating func goOn(_ event: EventID, at now: Instant) {
        if case .applied(let entry)? = ledgers[event]?.goOn(at: now) { note(entry, of: event) }
    }

    private mutating func note(_ entry: Entry, of event: EventID) {
        entries[event, default: []].append(entry)
    }

    /// What the batch changes, event by event, in the order of their ids.
    package var effects: [EventEffect] {
        ledgers
            .compactMap { event, ledger in
                opening[event].flatMap {
                    EventEffect(from: $0, to: ledger, entries: entries[event] ?? [])
                }
            }
            .sorted { $0.event < $1.event }
    }

    /// When each event's next tick is due, as far as the batch knows; valid once the transaction has committed.
    package var deadlines: [EventID: Deadline] {
        var deadlines: [EventID: Deadline] = [:]
        for (event, ledger) in ledgers where ledger.recollection.due != nil {
            deadlines[event] = .exactly(ledger.nextDue)
        }
        for (event, entries) in entries where deadlines[event] == nil {
            let first = entries.lazy.compactMap(\.hold?.expiresAt).min()
            if let first { deadlines[event] = .atLatest(first) }
        }
        return deadlines
    }

    /// The ledgers once the transaction has committed; events that were not changed keep theirs.
    package var committedLedgers: [EventID: EventLedger] {
        ledgers.mapValues { ledger in
            let opening = opening[ledger.event]
            return opening?.sequence == ledger.sequence ? ledger.forgotten() : ledger.committed()
        }
    }
}

/// When an event's next tick is due, as far as a batch can tell.
package enum Deadline: Hashable, Sendable {
    /// Then, or earlier: bookings that the batch has not seen may be due before.
    case atLatest(Instant)
    /// Then; `nil` when nothing is held. No booking is due before.
    case exactly(Instant?)
}
