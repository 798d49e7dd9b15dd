/// What waits to be done on a connection, and what state the connection is in.
///
/// A value: the mailbox guards it, the connection's thread and its callers act on its answers.
/// While a transaction is open only its own jobs run; all others keep their place in the line.
struct JobQueue: Sendable {
    /// - `open`: jobs are taken; moves to `stopping` or `ended`.
    /// - `stopping`: the job in flight is finished, unless `atOnce`; moves to `ended`.
    /// - `ended`: every further job gets the error.
    enum Phase: Sendable {
        case open
        case stopping(atOnce: Bool)
        case ended(PostgresError)
    }

    enum Turn: Sendable {
        case run(Job)
        case sleep
        case stop
    }

    static let jobsMax = 1024

    private(set) var phase = Phase.open
    private(set) var openTransaction: TransactionToken?
    private var jobs: [Job] = []

    /// Takes a job in, or says why not.
    mutating func admit(_ job: Job) -> PostgresError? {
        switch phase {
        case .ended(let error): return error
        case .stopping: return .closed("the connection")
        case .open: break
        }
        guard isCurrent(job) else { return .closed("the transaction") }
        guard jobs.count < Self.jobsMax else {
            return PostgresError(
                code: .poolExhausted, message: "\(Self.jobsMax) calls wait for this connection",
                isSafeToRetry: true)
        }
        jobs.append(job)
        return nil
    }

    /// What the connection's thread should do next.
    mutating func nextTurn() -> Turn {
        guard case .open = phase else { return .stop }
        guard let index = jobs.firstIndex(where: { $0.transaction == openTransaction }) else {
            return .sleep
        }
        return .run(jobs.remove(at: index))
    }

    /// When the first of the waiting jobs expires.
    var nextDeadline: ContinuousClock.Instant? {
        jobs.lazy.map(\.deadline).min()
    }

    /// Takes out the jobs whose time is over.
    mutating func removeExpired(at now: ContinuousClock.Instant) -> [Job] {
        removeJobs { $0.deadline <= now }
    }

    /// Notes which transaction is open by now; returns the jobs whose transaction is over.
    mutating func setTransaction(_ token: TransactionToken?) -> [Job] {
        openTransaction = token
        return removeJobs { $0.transaction != nil && $0.transaction != token }
    }

    /// Asks the thread to stop.
    mutating func stop(atOnce: Bool) {
        switch phase {
        case .open: phase = .stopping(atOnce: atOnce)
        case .stopping(let already): phase = .stopping(atOnce: already || atOnce)
        case .ended: break
        }
    }

    /// Notes that the connection is gone; returns the jobs that will never run.
    mutating func end(with error: PostgresError) -> [Job] {
        phase = .ended(error)
        return removeJobs { _ in true }
    }

    private func isCurrent(_ job: Job) -> Bool {
        job.transaction == nil || job.transaction == openTransaction
    }

    private mutating func removeJobs(where isRemoved: (Job) -> Bool) -> [Job] {
        guard !jobs.isEmpty else { return [] }
        let removed = jobs.filter(isRemoved)
        jobs.removeAll(where: isRemoved)
        return removed
    }
}
