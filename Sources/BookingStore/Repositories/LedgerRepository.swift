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
            try await pool.execute(SelectLedgers(ids: events))
        }
        let logs = Dictionary(
            rows.map { ($0.row.event.id, $0) }, uniquingKeysWith: { first, _ in first })
        var ledgers: [EventID: EventLedger] = [:]
        for event in rows.map(\.row).joinedEvents() {
            guard let log = logs[event.id] else { continue }
            // What an older program wrote comes before all that is decided from now on.
            let packed = try await LogRepository(pool: pool)
                .complete(event.id, from: log.loggedSequence, to: event.sequence)
            ledgers[event.id] = EventLedger(event, lastAppliedAt: packed ?? log.lastAppliedAt)
        }
        try await completeTallies(of: ledgers.values.filter(\.limitsUsers).map(\.event))
        return ledgers
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

    /// Writes what a batch does that came in `messages`, whole or not at all, in one round trip; returns its
    /// number.
    ///
    /// Fence, versions, counters, tallies, bookings, changes, log, commit. Throws `fenced` when the lease is
    /// lost, `versionConflict` when the ledgers were out of date, `decidedBefore` when a command was applied
    /// before and they were not told, `refused` when the data is at fault.
    package func commit(
        _ effects: [EventEffect], from messages: Int = 1, under lease: Lease
    ) async throws(StoreError) -> Int64 {
        FaultPoint.inTransaction.passUnderWay()
        let fence = Fence(
            lease: lease, commands: effects.entryCount, messages: messages,
            waited: effects.longestWait)
        let (advance, move) = (AdvanceEvents(effects: effects), MovePlaces(effects: effects))
        let insert = InsertBookings(effects: effects, lease: lease)
        let tallies = AddToTallies(effects: effects)
        let log = InsertLogPages(effects: effects, lease: lease)
        let isPlain = effects.allSatisfy { $0.changed.isEmpty && $0.changes.isEmpty }
        let answer = try await storing { () async throws(PostgresError) in
            // Most batches change no booking that was there, and most events limit nobody.
            switch (isPlain, tallies.isNeeded) {
            case (true, false):
                try await pool.pipeline(fence, advance, move, insert, log).0
            case (true, true):
                try await pool.pipeline(fence, advance, move, tallies, insert, log).0
            case (false, _):
                try await pool.pipeline(
                    fence, advance, move, tallies, TakeFromTallies(effects: effects), insert,
                    UpdateBookings(effects: effects), InsertChanges(effects: effects), log
                ).0
            }
        }
        guard case .some(.some(let number)) = answer.first else {
            throw StoreError(.corrupt, "the lease has no batch number", isSafeToRetry: false)
        }
        return number
    }

    /// Throws `fenced` when the lease is lost: before anything is acknowledged of which nothing is written.
    package func fence(under lease: Lease) async throws(StoreError) {
        _ = try await storing { () async throws(PostgresError) in
            try await pool.execute(RenewLease(lease: lease))
        }
    }

    /// Puts a letter among the dead; throws `fenced` when the lease is lost.
    package func bury(_ letter: StoredLetter, under lease: Lease) async throws(StoreError) {
        _ = try await storing { () async throws(PostgresError) in
            try await pool.execute(BuryLetter(lease: lease, letter: letter))
        }
    }

    /// Notes that `process` is about to try a message alone; returns how many processes began that and did
    /// not survive it, this one included.
    package func trySuspect(
        _ message: MessageDigest, in process: ProcessIdentity, under lease: Lease
    ) async throws(StoreError) -> Int {
        let trials = try await storing { () async throws(PostgresError) in
            try await pool.execute(
                TrySuspect(lease: lease, digest: message.uuid, process: process.uuid))
        }
        return trials.first.map { Int(clamping: $0) } ?? 1
    }

    /// Notes that a message was applied and that its worker survived it.
    package func clearSuspect(_ message: MessageDigest) async throws(StoreError) {
        _ = try await storing { () async throws(PostgresError) in
            try await pool.execute(ClearSuspect(digest: message.uuid))
        }
    }

    /// Notes that `process` survived these messages, whatever became of them.
    package func forgetTrials(
        of messages: [MessageDigest], in process: ProcessIdentity
    ) async throws(StoreError) {
        _ = try await storing { () async throws(PostgresError) in
            try await pool.execute(
                ForgetTrials(digests: messages.map(\.uuid), process: process.uuid))
        }
    }
}

/// Tells one process from all others, past ones included.
package struct ProcessIdentity: Hashable, Sendable {
    let uuid: PostgresUUID

    package init(random: UInt128) {
        uuid = PostgresUUID(
            high: UInt64(truncatingIfNeeded: random >> 64), low: UInt64(truncatingIfNeeded: random))
    }
}

/// Tells one message of an event from another.
package struct MessageDigest: Hashable, Sendable {
    let uuid: PostgresUUID

    /// What it says of the message alone, without the event.
    package var hash: UInt64 { uuid.high }

    /// FNV-1a over the message's bytes, beside the event's random bits.
    package init(of body: [UInt8], in event: EventID) {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in body { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        uuid = PostgresUUID(high: hash, low: event.uuid.low)
    }
}
