package import BookingDomain
import FaultPoints
import Postgres

/// What is looked up before commands are decided. It throws `tooSlow` when that takes longer than it may.
extension LedgerRepository {
    /// The most bookings of an event that are tallied in one transaction.
    private static let tallyRowsMax: Int64 = 20_000

    /// Tells `ledgers` which of the commands about to be applied were decided before.
    package func recallBookings(
        _ commands: [(event: EventID, command: Command)], in ledgers: inout [EventID: EventLedger],
        within limit: Duration
    ) async throws(StoreError) {
        let decided = try await lookUp(
            SelectBookings(keys: commands.map(\.command.key)), within: limit)
        for booking in decided where !PlantedBug.noDedupe.isOn {
            ledgers[booking.event]?.recall(booking)
        }
    }

    /// Tells `ledgers` what the users of the commands about to be applied have of limited ticket types.
    package func recallTaken(
        _ commands: [(event: EventID, command: Command)], in ledgers: inout [EventID: EventLedger],
        within limit: Duration
    ) async throws(StoreError) {
        let limited = Set(ledgers.values.lazy.filter(\.limitsUsers).map(\.event))
        guard !limited.isEmpty else { return }
        let buyers = commands.compactMap { event, command in
            if case .book(let command) = command, limited.contains(event) {
                Buyer(user: command.user, event: event)
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
        let nobody = Buyer(user: UserID(bits: 0), event: EventID(bits: 0))
        _ = try await lookUp(SelectTaken(buyers: [nobody]), within: limit)
        _ = try await lookUp(SelectBookings(keys: [BookingKey(bits: 0)]), within: limit)
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
