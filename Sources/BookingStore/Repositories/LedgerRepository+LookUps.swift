package import BookingDomain
import FaultPoints
import Postgres

/// What is looked up before commands are decided. It throws `tooSlow` when that takes longer than it may.
extension LedgerRepository {
    /// The most bookings of an event that are tallied in one transaction.
    private static let tallyRowsMax: Int64 = 20_000

    /// Tells `ledgers` of those bookings that requests to book are about and that were decided before.
    package func recallBookings(
        _ commands: [Command], in ledgers: inout [EventID: EventLedger], within limit: Duration
    ) async throws(StoreError) {
        let bookings = commands.compactMap { command in
            if case .booking(let key) = command.need {
                BookingReference(event: command.event, key: key)
            } else {
                nil
            }
        }
        guard !bookings.isEmpty else { return }
        let decided = try await lookUp(SelectBookings(bookings: bookings), within: limit)
        for booking in decided where !PlantedBug.noDedupe.isOn {
            ledgers[booking.event]?.recall(booking)
        }
    }

    /// Tells `ledgers` what must be known of commands that are about bookings made before: where these stand,
    /// what the same command came to before, and what is due.
    package func recallChanges(
        _ commands: [Command], in ledgers: inout [EventID: EventLedger], within limit: Duration
    ) async throws(StoreError) {
        var bookings: Set<BookingReference> = []
        var changes: Set<ChangeReference> = []
        var due: Set<EventID> = []
        for command in commands {
            switch command.need {
            case .booking: break
            case .change(let id, let booking):
                bookings.insert(BookingReference(event: command.event, key: booking))
                changes.insert(ChangeReference(event: command.event, command: id))
            case .due: due.insert(command.event)
            }
        }
        if !changes.isEmpty {
            let (_, found, before) = try await storing { () async throws(PostgresError) in
                try await pool.pipeline(
                    LimitStatementTime(limit: limit), SelectBookings(bookings: Array(bookings)),
                    SelectChanges(changes: Array(changes)))
            }
            for booking in found {
                ledgers[booking.event]?.recall(
                    PlantedBug.lateConfirmationTaken.isOn ? booking.stillHeld : booking)
            }
            for change in before where !PlantedBug.noDedupe.isOn {
                ledgers[change.event]?.recall(change)
            }
        }
        try await recallDue(Array(due), in: &ledgers, within: limit)
    }

    /// Tells `ledgers` of `events` which of their held bookings are due first.
    package func recallDue(
        _ events: [EventID], in ledgers: inout [EventID: EventLedger], within limit: Duration
    ) async throws(StoreError) {
        let known = events.filter { ledgers[$0] != nil }
        guard !known.isEmpty else { return }
        let rows = try await lookUp(
            SelectDue(events: known, limit: DueBookings.max), within: limit)
        let due = Dictionary(grouping: rows, by: \.event)
        for event in known { ledgers[event]?.recall(DueBookings(cutting: due[event] ?? [])) }
    }

    /// Tells `ledgers` what the users of the commands about to be applied have of limited ticket types.
    package func recallTaken(
        _ commands: [Command], in ledgers: inout [EventID: EventLedger], within limit: Duration
    ) async throws(StoreError) {
        let limited = Set(ledgers.values.lazy.filter(\.limitsUsers).map(\.event))
        guard !limited.isEmpty else { return }
        let buyers = commands.compactMap { command in
            if let user = command.actor, limited.contains(command.event), command.takesTickets {
                Buyer(user: user, event: command.event)
            } else {
                nil
            }
        }
        guard !buyers.isEmpty else { return }
        let taken = try await lookUp(SelectTaken(buyers: Array(Set(buyers))), within: limit)
        for row in taken {
            ledgers[row.buyer.event]?
                .recall(taken: row.quantity, by: row.buyer.user, of: row.ticketType)
        }
    }

    /// Makes the same look-ups for a buyer and a key that nobody has: as quick as any, unless it is the
    /// database that is slow.
    package func lookUpNothing(within limit: Duration) async throws(StoreError) {
        let event = EventID(bits: 0)
        let nobody = Buyer(user: UserID(bits: 0), event: event)
        _ = try await lookUp(SelectTaken(buyers: [nobody]), within: limit)
        let nothing = BookingReference(event: event, key: BookingKey(bits: 0))
        _ = try await lookUp(SelectBookings(bookings: [nothing]), within: limit)
    }

    /// When the first of the held bookings of each event is due.
    package func deadlines() async throws(StoreError) -> [EventID: Instant] {
        let rows = try await storing { () async throws(PostgresError) in
            try await pool.execute(SelectDeadlines())
        }
        return Dictionary(rows.map { ($0.event, $0.dueAt) }, uniquingKeysWith: min)
    }

    private func lookUp<LookUp: PostgresStatement>(
        _ statement: LookUp, within limit: Duration
    ) async throws(StoreError) -> [LookUp.Row] {
        try await storing { () async throws(PostgresError) in
            try await pool.pipeline(LimitStatementTime(limit: limit), statement).1
        }
    }

    /// Tallies what a program wrote of `events` that keeps no tallies, some bookings at a time.
    ///
    /// Whatever else writes an event waits for its row, or finds its version changed.
    func completeTallies(of events: [EventID]) async throws(StoreError) {
        guard !events.isEmpty else { return }
        let untallied = try await storing { () async throws(PostgresError) in
            try await pool.execute(SelectUntallied(events: events))
        }
        for event in untallied {
            var isComplete = false
            while !isComplete {
                let left = try await storing { () async throws(PostgresError) in
                    try await pool.pipeline(
                        LockEvent(event: event),
                        TallyEvent(event: event, rowsMax: Self.tallyRowsMax)
                    ).1
                }
                isComplete = left.allSatisfy { ($0 ?? 0) <= 0 }
            }
        }
    }
}

extension Booking {
    /// Forgets that the booking has expired, for ``PlantedBug/lateConfirmationTaken``.
    fileprivate var stillHeld: Booking {
        guard status == .expired else { return self }
        return Booking(
            key: key, event: event, user: user, basket: basket, flags: flags, status: .held,
            reason: nil, sequence: sequence, asOfSequence: asOfSequence, createdAt: createdAt,
            decidedAt: decidedAt,
            hold: Hold(expiresAt: decidedAt, extendableUntil: decidedAt, isPaying: false))
    }
}
