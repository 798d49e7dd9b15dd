package import BookingDomain
package import Postgres

/// One shard's ledgers, for the worker that owns it: what to decide on, and the batch transaction.
package struct LedgerRepository: Sendable {
    let pool: PostgresPool

    package init(pool: PostgresPool) { self.pool = pool }

    /// The ledgers of those of `events` that exist, as they are now.
    package func ledgers(
        of events: [EventID]
    ) async throws(StoreError) -> [EventID: EventLedger] {
        let rows = try await storing { () async throws(PostgresError) in
            try await pool.execute(SelectEvents(ids: events))
        }
        return Dictionary(
            rows.joinedEvents().map { ($0.id, EventLedger($0)) },
            uniquingKeysWith: { first, _ in first })
    }

    /// The events whose queues are to be consumed.
    package func eventsOnSale() async throws(StoreError) -> [EventID] {
        try await storing { () async throws(PostgresError) in
            try await pool.execute(SelectEventsOnSale())
        }
    }

    /// Tells `ledgers` what the commands about to be applied may meet: bookings that were decided
    /// before, and what users already have of limited ticket types.
    package func recall(
        _ commands: [(event: EventID, command: Command)], in ledgers: inout [EventID: EventLedger]
    ) async throws(StoreError) {
        let limited = commands.filter { ledgers[$0.event]?.limitsUsers == true }
        let (decided, taken) = try await storing { () async throws(PostgresError) in
            try await pool.pipeline(
                SelectBookings(keys: commands.map(\.command.key)),
                SelectTaken(
                    Set(
                        limited.compactMap { event, command in
                            command.user.map { Buyer(user: $0, event: event) }
                        })))
        }
        for booking in decided { ledgers[booking.event]?.recall(booking) }
        for row in taken {
            ledgers[row.buyer.event]?
                .recall(taken: row.quantity, by: row.buyer.user, of: row.ticketType)
        }
    }

    /// Writes a batch, whole or not at all, in one round trip; returns its number.
    ///
    /// Fence, versions, counters, bookings, commit. Throws `fenced` when the lease is lost,
    /// `versionConflict` when the ledgers were out of date, `refused` when the data is at fault.
    package func commit(_ batch: Batch, under lease: Lease) async throws(StoreError) -> Int64 {
        let changes = batch.changes
        let answer = try await storing { () async throws(PostgresError) in
            try await pool.pipeline(
                RenewLease(lease: lease, batches: 1), AdvanceEvents(changes: changes),
                TakePlaces(changes: changes), InsertBookings(bookings: batch.decided))
        }
        guard case .some(.some(let number)) = answer.0.first else {
            throw StoreError(.corrupt, "the lease has no batch number", isSafeToRetry: false)
        }
        return number
    }
}
