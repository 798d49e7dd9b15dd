import ServiceLifecycle
import Synchronization

/// Runs the health checks, all at once and with a time limit, when somebody asks for a report.
///
/// A report is kept for a moment, and whoever asks while checks run gets their result too; so a
/// flood of questions costs no more than a few. The checks run within ``run()``: one that hangs and
/// does not heed its cancellation can delay the end of that, but never an answer.
final class Readiness: Service, Sendable {
    /// How long a check may take before it counts as unhealthy.
    static let checkTimeout = Duration.seconds(1)
    /// How long a report is good for.
    static let reportLifetime = Duration.milliseconds(200)

    private typealias Waiter = CheckedContinuation<HealthReport, Never>
    private typealias Rounds = ReadinessRounds<Waiter, ContinuousClock.Instant>

    private let checks: [HealthCheck]
    private let checkTimeout: Duration
    private let rounds: Mutex<Rounds>
    /// One element for each round that is to begin; at most one is ever due.
    private let calls: AsyncStream<Void>
    private let caller: AsyncStream<Void>.Continuation

    init(
        checks: [HealthCheck], checkTimeout: Duration = Readiness.checkTimeout,
        reportLifetime: Duration = Readiness.reportLifetime
    ) {
        self.checks = checks
        self.checkTimeout = checkTimeout
        rounds = Mutex(
            ReadinessRounds(names: checks.map(\.name), reportLifetime: reportLifetime))
        (calls, caller) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// What the checks say now, or said a moment ago.
    func report() async -> HealthReport {
        // No need to wait for checks where there are none.
        guard !checks.isEmpty else { return HealthReport(entries: []) }
        return await withCheckedContinuation { waiter in
            switch rounds.withLock({ $0.ask(waiter, at: .now) }) {
            case .now(let report): waiter.resume(returning: report)
            case .later(beginRound: true): caller.yield()
            case .later(beginRound: false): break
            }
        }
    }

    /// Runs the checks until the task is cancelled or shut down gracefully.
    func run() async {
        await withDiscardingTaskGroup { group in
            for await _ in calls.cancelOnGracefulShutdown() {
                beginRound(in: &group)
            }
            deliver(rounds.withLock { $0.end() })
            group.cancelAll()
        }
    }

    private func beginRound(in group: inout DiscardingTaskGroup) {
        guard let (round, due) = rounds.withLock({ $0.begin(late: lateDetail) }) else { return }
        for index in due {
            group.addTask {
                let status = await self.checks[index].check()
                self.deliver(
                    self.rounds.withLock {
                        $0.finish(check: index, of: round, with: status, at: .now)
                    })
            }
        }
        group.addTask {
            // Cancelled early, it ends the round early; nobody is kept waiting then either.
            try? await Task.sleep(for: self.checkTimeout)
            self.deliver(
                self.rounds.withLock {
                    $0.expire(round: round, late: self.lateDetail, at: .now)
                })
        }
    }

    private var lateDetail: String { "no answer within \(checkTimeout)" }

    private func deliver(_ delivery: Rounds.Delivery?) {
        guard let delivery else { return }
        for waiter in delivery.waiters { waiter.resume(returning: delivery.report) }
    }
}
