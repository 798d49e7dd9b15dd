internal import Synchronization

/// Where the callers of a connection and its thread meet.
final class ConnectionMailbox: Sendable {
    private struct State {
        var queue = JobQueue()
        /// Who wants to know when the connection is gone.
        var mourners: [@Sendable () -> Void] = []
        /// Something is left in the session that the next user should not find.
        var isMarked = false
    }

    private let state = Mutex(State())
    private let bell: EventDescriptor
    private let lastNumber = Atomic<UInt64>(0)

    init(bell: EventDescriptor) {
        self.bell = bell
    }

    /// A number no other transaction or subscription of this connection has.
    func nextNumber() -> UInt64 {
        lastNumber.wrappingAdd(1, ordering: .relaxed).newValue
    }

    /// Whether statements can still be sent.
    var isOpen: Bool {
        state.withLock {
            if case .open = $0.queue.phase { true } else { false }
        }
    }

    /// Whether the connection can go to another user: open, no transaction, nothing listened to.
    var isReusable: Bool {
        state.withLock {
            guard case .open = $0.queue.phase else { return false }
            return $0.queue.openTransaction == nil && !$0.isMarked
        }
    }

    /// Hands a job in; it is completed in any case.
    func submit(_ job: Job) {
        if let error = state.withLock({ $0.queue.admit(job) }) {
            job.complete(.failure(error))
        } else {
            bell.ring()
        }
    }

    /// Asks the thread to end, after the job in flight or at once.
    func stop(atOnce: Bool) {
        state.withLock { $0.queue.stop(atOnce: atOnce) }
        bell.ring()
    }

    /// Calls `body` when the connection is gone, for whatever reason; now if it is already.
    func whenEnded(_ body: @escaping @Sendable () -> Void) {
        let isGone = state.withLock { state in
            if case .ended = state.queue.phase { return true }
            state.mourners.append(body)
            return false
        }
        if isGone { body() }
    }
}

// For the connection's thread.
extension ConnectionMailbox {
    var bellDescriptor: Int32 { bell.descriptor }

    func silenceBell() {
        bell.silence()
    }

    var isToStopAtOnce: Bool {
        state.withLock {
            if case .stopping(atOnce: true) = $0.queue.phase { true } else { false }
        }
    }

    var openTransaction: TransactionToken? {
        state.withLock { $0.queue.openTransaction }
    }

    var nextDeadline: ContinuousClock.Instant? {
        state.withLock { $0.queue.nextDeadline }
    }

    func nextTurn() -> JobQueue.Turn {
        state.withLock { $0.queue.nextTurn() }
    }

    /// Fails the jobs that waited too long for their turn.
    func failExpired(at now: ContinuousClock.Instant) {
        for job in state.withLock({ $0.queue.removeExpired(at: now) }) {
            job.complete(
                .failure(
                    PostgresError(
                        code: .timeout, message: "the connection was busy for too long",
                        isSafeToRetry: true)))
        }
    }

    /// Notes the state a job leaves the session in.
    func note(transaction: TransactionToken?, isMarked: Bool) {
        let orphans = state.withLock { state in
            state.isMarked = isMarked
            return state.queue.openTransaction == transaction
                ? [] : state.queue.setTransaction(transaction)
        }
        for job in orphans { job.complete(.failure(.closed("the transaction"))) }
    }

    /// Notes that the connection is gone, and tells everybody.
    func end(with error: PostgresError) {
        let (jobs, mourners) = state.withLock { state in
            defer { state.mourners = [] }
            return (state.queue.end(with: error), state.mourners)
        }
        for job in jobs { job.complete(.failure(error)) }
        for mourner in mourners { mourner() }
    }
}
