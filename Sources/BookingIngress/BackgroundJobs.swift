import Synchronization

/// What goes on though nobody waits for it any more, until it ends or the service does.
final class BackgroundJobs: Sendable {
    /// The most jobs at a time.
    static let jobsMax = 1000

    typealias Job = @Sendable () async -> Void

    private let count = Atomic<Int>(0)
    private let jobs: AsyncStream<Job>
    private let begun: AsyncStream<Job>.Continuation

    init() {
        // Bounded by the count.
        (jobs, begun) = AsyncStream.makeStream()
    }

    /// Does the jobs, until cancelled; then it cancels those that go on, and waits for them.
    func run() async {
        await withDiscardingTaskGroup { group in
            for await job in jobs {
                group.addTask { [self] in
                    await job()
                    count.subtract(1, ordering: .relaxed)
                }
            }
            group.cancelAll()
        }
    }

    /// Has a job done; `false` when there are too many.
    func begin(_ job: @escaping Job) -> Bool {
        guard count.add(1, ordering: .relaxed).newValue <= Self.jobsMax else {
            count.subtract(1, ordering: .relaxed)
            return false
        }
        begun.yield(job)
        return true
    }
}
