package import BookingDomain
package import BookingStore
import BookingWorker
import Synchronization

/// What is asked of a shard's database.
package enum StoreCall: Hashable, Sendable, CaseIterable {
    case ledgers, recallBookings, recallChanges, recallDue, recallTaken, deadlines, lookUpNothing,
        commit, fence, bury
    case trySuspect, clearSuspect, forgetTrials
}

/// What becomes of a call.
package enum CallFate<Failure: Error & Sendable>: Sendable {
    case answered
    /// It does not come about.
    case failed(Failure)
    /// It comes about, and its caller hears only of the error.
    case unheard(Failure)
}

/// A process's way to a shard's database in memory.
package struct TwinStore: BatchStore {
    /// Says what becomes of a call, just before it is made; of commands, if it is about some.
    package typealias Fate =
        @Sendable (StoreCall, [Command]) async -> CallFate<StoreError>

    private let shard: TwinShard
    private let fate: Fate

    package init(_ shard: TwinShard, fate: @escaping Fate = { _, _ in .answered }) {
        self.shard = shard
        self.fate = fate
    }

    private func perform<Value: Sendable>(
        _ call: StoreCall, of commands: [Command] = [],
        _ body: (inout TwinTables) throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        switch await fate(call, commands) {
        case .answered: return try shard.with(body)
        case .failed(let error): throw error
        case .unheard(let error):
            _ = try shard.with(body)
            throw error
        }
    }

    package func ledgers(
        of events: [EventID]
    ) async throws(StoreError) -> [EventID: EventLedger] {
        try await perform(.ledgers) { tables in tables.ledgers(of: events) }
    }

    package func recallBookings(
        _ commands: [Command], in ledgers: inout [EventID: EventLedger], within limit: Duration
    ) async throws(StoreError) {
        let given = ledgers
        ledgers = try await perform(.recallBookings, of: commands) { tables throws(StoreError) in
            var told = given
            try tables.recallBookings(commands, in: &told)
            return told
        }
    }

    package func recallChanges(
        _ commands: [Command], in ledgers: inout [EventID: EventLedger], within limit: Duration
    ) async throws(StoreError) {
        let given = ledgers
        ledgers = try await perform(.recallChanges, of: commands) { tables throws(StoreError) in
            var told = given
            try tables.recallChanges(commands, in: &told)
            return told
        }
    }

    package func recallDue(
        _ events: [EventID], in ledgers: inout [EventID: EventLedger], within limit: Duration
    ) async throws(StoreError) {
        let given = ledgers
        ledgers = try await perform(.recallDue) { tables throws(StoreError) in
            var told = given
            try tables.recallDue(events, in: &told)
            return told
        }
    }

    package func deadlines() async throws(StoreError) -> [EventID: Instant] {
        try await perform(.deadlines) { tables in tables.deadlines() }
    }

    package func recallTaken(
        _ commands: [Command], in ledgers: inout [EventID: EventLedger], within limit: Duration
    ) async throws(StoreError) {
        let given = ledgers
        ledgers = try await perform(.recallTaken, of: commands) { tables throws(StoreError) in
            var told = given
            try tables.recallTaken(commands, in: &told)
            return told
        }
    }

    package func lookUpNothing(within limit: Duration) async throws(StoreError) {
        try await perform(.lookUpNothing) { tables throws(StoreError) in
            try tables.answerInTime()
        }
    }

    package func commit(
        _ effects: [EventEffect], from messages: Int, under lease: Lease
    ) async throws(StoreError) -> Int64 {
        try await perform(.commit) { tables throws(StoreError) in
            try tables.commit(effects, under: lease)
        }
    }

    package func fence(under lease: Lease) async throws(StoreError) {
        try await perform(.fence) { tables throws(StoreError) in try tables.fence(under: lease) }
    }

    package func bury(_ letter: StoredLetter, under lease: Lease) async throws(StoreError) {
        try await perform(.bury) { tables throws(StoreError) in
            try tables.bury(letter, under: lease)
        }
    }

    package func trySuspect(
        _ message: MessageDigest, in process: ProcessIdentity, under lease: Lease
    ) async throws(StoreError) -> Int {
        try await perform(.trySuspect) { tables throws(StoreError) in
            try tables.trySuspect(message, in: process, under: lease)
        }
    }

    package func clearSuspect(_ message: MessageDigest) async throws(StoreError) {
        try await perform(.clearSuspect) { tables in tables.clearSuspect(message) }
    }

    package func forgetTrials(
        of messages: [MessageDigest], in process: ProcessIdentity
    ) async throws(StoreError) {
        try await perform(.forgetTrials) { tables in
            tables.forgetTrials(of: messages, in: process)
        }
    }
}

/// A session that may have the lease of a shard in memory.
package final class TwinLeaseSession: LeaseStore {
    private struct State {
        var isOpen = true
        var epochs: [Int64] = []
    }

    private let shard: TwinShard
    private let state = Mutex(State())

    package init(_ shard: TwinShard) { self.shard = shard }

    package var isOpen: Bool { state.withLock { $0.isOpen } }

    /// Ends the session, as the death of its process does.
    package func end() {
        let epochs = state.withLock { state in
            state.isOpen = false
            return state.epochs
        }
        shard.with { tables in
            for epoch in epochs { tables.lease.endSession(of: epoch) }
        }
    }

    private func checkOpen() throws(StoreError) {
        guard isOpen else { throw StoreError(.unavailable, "the session has ended") }
    }

    package func claim(_ claim: LeaseClaim) async throws(StoreError) -> ClaimedLease? {
        try checkOpen()
        let claimed = shard.with { tables in tables.lease.claim(claim) }
        if let claimed { state.withLock { $0.epochs.append(claimed.lease.epoch) } }
        return claimed
    }

    package func renew(_ lease: Lease) async throws(StoreError) -> RenewedLease {
        try checkOpen()
        return try shard.with { tables throws(StoreError) in
            try tables.fence(under: lease)
            return RenewedLease(
                isPaused: tables.lease.isPaused,
                time: DatabaseTime(tables.lease.now, askedAt: .now))
        }
    }

    @discardableResult
    package func release(_ lease: Lease) async throws(StoreError) -> Bool {
        try checkOpen()
        return shard.with { tables in tables.lease.release(lease) }
    }
}
