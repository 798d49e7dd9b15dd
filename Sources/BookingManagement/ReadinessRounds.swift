/// The book-keeping of readiness: who waits for a report, which checks run, and what they found.
///
/// Checks run in rounds, one at a time. A round ends when all its checks have answered or its time
/// is over. A check that was still running then stays out of later rounds, as unhealthy, until it
/// comes back; so there is never more than one run of a check, however long it hangs.
///
/// A value: each event returns what is to be done, and ``Readiness`` does it outside of its lock.
struct ReadinessRounds<Waiter, Time: InstantProtocol> where Time.Duration == Duration {
    /// What to do with someone who asks.
    enum Answer {
        case now(HealthReport)
        /// Wait; and begin a round, unless one is on its way already.
        case later(beginRound: Bool)
    }

    /// A round is over: hand the report to the waiters.
    struct Delivery {
        let report: HealthReport
        let waiters: [Waiter]
    }

    private enum Phase {
        case idle
        /// A round was asked for and has not begun yet.
        case called
        case running(number: Int, statuses: [Int: HealthStatus])
        case ended
    }

    private let names: [String]
    private let reportLifetime: Duration
    private var phase = Phase.idle
    private var lastRound = 0
    private var last: (report: HealthReport, at: Time)?
    private var busy: Set<Int> = []
    private var waiters: [Waiter] = []

    init(names: [String], reportLifetime: Duration) {
        self.names = names
        self.reportLifetime = reportLifetime
    }

    /// Somebody wants a report.
    mutating func ask(_ waiter: Waiter, at now: Time) -> Answer {
        if let last, last.at.duration(to: now) < reportLifetime { return .now(last.report) }
        switch phase {
        case .ended:
            return .now(report { _ in .unhealthy(Self.endedDetail) })
        case .idle:
            phase = .called
            waiters.append(waiter)
            return .later(beginRound: true)
        case .called, .running:
            waiters.append(waiter)
            return .later(beginRound: false)
        }
    }

    /// A round begins: its number and the checks to run.
    mutating func begin(late detail: String) -> (round: Int, checks: [Int])? {
        guard case .called = phase else { return nil }
        lastRound += 1
        var statuses: [Int: HealthStatus] = [:]
        for check in busy { statuses[check] = .unhealthy(detail) }
        phase = .running(number: lastRound, statuses: statuses)
        let free = names.indices.filter { !busy.contains($0) }
        busy.formUnion(free)
        return (lastRound, free)
    }

    /// A check of the given round answered, perhaps long after its round.
    mutating func finish(
        check: Int, of round: Int, with status: HealthStatus, at now: Time
    ) -> Delivery? {
        busy.remove(check)
        guard case .running(round, var statuses) = phase else { return nil }
        statuses[check] = status
        phase = .running(number: round, statuses: statuses)
        return statuses.count == names.count ? conclude(statuses, at: now) : nil
    }

    /// The time of the given round is over; what has not answered is unhealthy.
    mutating func expire(round: Int, late detail: String, at now: Time) -> Delivery? {
        guard case .running(round, var statuses) = phase else { return nil }
        for check in names.indices where statuses[check] == nil {
            statuses[check] = .unhealthy(detail)
        }
        return conclude(statuses, at: now)
    }

    /// No check will run any more.
    mutating func end() -> Delivery {
        phase = .ended
        last = nil
        defer { waiters = [] }
        return Delivery(
            report: report { _ in .unhealthy(Self.endedDetail) }, waiters: waiters)
    }

    private static var endedDetail: String { "not checked: the process is stopping" }

    private mutating func conclude(_ statuses: [Int: HealthStatus], at now: Time) -> Delivery {
        let report = report { statuses[$0] ?? .healthy }
        phase = .idle
        last = (report, now)
        defer { waiters = [] }
        return Delivery(report: report, waiters: waiters)
    }

    private func report(_ status: (Int) -> HealthStatus) -> HealthReport {
        HealthReport(
            entries: names.enumerated().map { index, name in
                HealthReport.Entry(name: name, status: status(index))
            })
    }
}
