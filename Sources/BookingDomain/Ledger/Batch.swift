/// Commands of one shard, of any of its events, decided together to be written in one transaction.
///
/// Starts from the ledgers as they were last committed and works on copies; nothing of it is true
/// until the transaction has committed.
package struct Batch: Sendable {
    /// The first decisions made, in order.
    package private(set) var decided: [Booking] = []
    /// What commands that came again had come to before.
    package private(set) var repeated: [Booking] = []

    private let opening: [EventID: EventLedger]
    private var ledgers: [EventID: EventLedger]

    package init(_ ledgers: [EventID: EventLedger]) {
        opening = ledgers
        self.ledgers = ledgers
    }

    /// Decides `command` in the line of `event`; `false` when there is no such event in this batch.
    package mutating func apply(_ command: Command, of event: EventID, at now: Instant) -> Bool {
        guard let application = ledgers[event]?.apply(command, at: now) else { return false }
        switch application {
        case .decided(let booking): decided.append(booking)
        case .repeated(let booking): repeated.append(booking)
        }
        return true
    }

    /// How long the oldest of the commands decided had waited, by two clocks, so not less than nothing.
    package var longestWait: Duration {
        max(.zero, decided.lazy.map { $0.decidedAt.duration(since: $0.createdAt) }.max() ?? .zero)
    }

    /// What the batch changes, event by event, in the order of their ids.
    package var changes: [EventChange] {
        ledgers
            .compactMap { event, ledger in
                opening[event].flatMap { EventChange(from: $0, to: ledger) }
            }
            .sorted { $0.event < $1.event }
    }

    /// The ledgers once the transaction has committed; events that were not changed keep theirs.
    package var committedLedgers: [EventID: EventLedger] {
        ledgers.mapValues { ledger in
            let opening = opening[ledger.event]
            return opening?.sequence == ledger.sequence ? ledger.forgotten() : ledger.committed()
        }
    }
}

/// What a batch changes of one event.
package struct EventChange: Hashable, Sendable {
    package let event: EventID
    /// The version the decisions were made on; the write holds only if it still is the event's.
    package let decidedOn: Int64
    /// The event's new last sequence.
    package let sequence: Int64
    /// Tickets newly confirmed, by type.
    package let confirmed: [TicketTypeNumber: Int]
    /// Whether some ticket type limits what one user may have, so that tallies are kept.
    package let limitsUsers: Bool
    /// Tickets of limited types that users were granted.
    package let granted: [Allowance: Int]

    /// `nil` when nothing was decided.
    init?(from opening: EventLedger, to closing: EventLedger) {
        guard closing.sequence != opening.sequence else { return nil }
        event = opening.event
        decidedOn = opening.version
        sequence = closing.sequence
        limitsUsers = closing.limitsUsers
        granted = closing.granted
        confirmed = closing.ticketTypes.reduce(into: [:]) { confirmed, entry in
            let before = opening.ticketTypes[entry.key]?.stock.confirmed ?? 0
            let more = entry.value.stock.confirmed - before
            if more != 0 { confirmed[entry.key] = more }
        }
    }
}
