package import BookingDomain
import FaultPoints
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

    /// The events whose queues are to be consumed, those of which most was decided first: as a rule most
    /// people wait for them.
    package func eventsToConsume() async throws(StoreError) -> [EventID] {
        try await storing { () async throws(PostgresError) in
            try await pool.execute(SelectEventsToConsume())
        }
    }

    /// Whether an event's queue is to be consumed.
    package func isToConsume(_ event: EventID) async throws(StoreError) -> Bool {
        let found = try await storing { () async throws(PostgresError) in
            try await pool.execute(IsToConsume(event: event))
        }
        return !found.isEmpty
    }

    /// Tells `ledgers` which of the commands about to be applied were decided before.
    package func recallBookings(
        _ commands: [(event: EventID, command: Command)], in ledgers: inout [EventID: EventLedger]
    ) async throws(StoreError) {
        let decided = try await storing { () async throws(PostgresError) in
            try await pool.execute(SelectBookings(keys: commands.map(\.command.key)))
        }
        for booking in decided where !PlantedBug.noDedupe.isOn {
            ledgers[booking.event]?.recall(booking)
        }
    }

    /// Tells `ledgers` what the users of the commands about to be applied have of limited ticket types.
    package func recallTaken(
        _ commands: [(event: EventID, command: Command)], in ledgers: inout [EventID: EventLedger]
    ) async throws(StoreError) {
        let limited = Set(ledgers.values.lazy.filter(\.limitsUsers).map(\.event))
        guard !limited.isEmpty else { return }
        let buyers = commands.compactMap { event, command in
            limited.contains(event) ? command.user.map { Buyer(user: $0, event: event) } : nil
        }
        guard !buyers.isEmpty else { return }
        let taken = try await storing { () async throws(PostgresError) in
            try await pool.execute(SelectTaken(Set(buyers)))
        }
        for row in taken {
            ledgers[row.buyer.event]?
                .recall(taken: row.quantity, by: row.buyer.user, of: row.ticketType)
        }
    }

    /// Writes a batch that came in `messages`, whole or not at all, in one round trip; returns its
    /// number.
    ///
    /// Fence, versions, counters, bookings, commit. Throws `fenced` when the lease is lost,
    /// `versionConflict` when the ledgers were out of date, `decidedBefore` when a command is one that
    /// they were not told of by ``recallBookings(_:in:)``, `refused` when the data is at fault.
    package func commit(
        _ batch: Batch, from messages: Int = 1, under lease: Lease
    ) async throws(StoreError) -> Int64 {
        let changes = batch.changes
        FaultPoint.inTransaction.passUnderWay()
        let answer = try await storing { () async throws(PostgresError) in
            try await pool.pipeline(
                Fence(
                    lease: lease, commands: batch.decided.count, messages: messages,
                    waited: batch.longestWait),
                AdvanceEvents(changes: changes), TakePlaces(changes: changes),
                InsertBookings(bookings: batch.decided, lease: lease))
        }
        guard case .some(.some(let number)) = answer.0.first else {
            throw StoreError(.corrupt, "the lease has no batch number", isSafeToRetry: false)
        }
        return number
    }

    /// Notes that a message is about to be tried alone, and returns how often it has been by now.
    package func trySuspect(
        _ message: MessageDigest, under lease: Lease
    ) async throws(StoreError) -> Int {
        let trials = try await storing { () async throws(PostgresError) in
            try await pool.execute(TrySuspect(lease: lease, digest: message.uuid))
        }
        return Int((trials.first ?? nil) ?? 1)
    }

    /// Notes that a worker survived a message.
    package func clearSuspect(_ message: MessageDigest) async throws(StoreError) {
        _ = try await storing { () async throws(PostgresError) in
            try await pool.execute(ClearSuspect(digest: message.uuid))
        }
    }
}

/// Tells one message of an event from another.
package struct MessageDigest: Hashable, Sendable {
    let uuid: PostgresUUID

    /// FNV-1a over the message's bytes, beside the event's random bits.
    package init(of body: [UInt8], in event: EventID) {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in body { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        uuid = PostgresUUID(high: hash, low: event.uuid.low)
    }
}
