import Testing

@testable import Postgres

@Suite("The queue of a connection")
struct JobQueueTests {
    private static let start = ContinuousClock.now

    private func job(
        _ name: String, in transaction: UInt64? = nil, expiresAfter limit: Duration = .seconds(1)
    ) -> Job {
        Job(
            work: .script(name), transaction: transaction.map(TransactionToken.init(number:)),
            deadline: Self.start + limit, complete: { _ in })
    }

    private func names(_ jobs: [Job]) -> [String] {
        jobs.map { if case .script(let name) = $0.work { name } else { "" } }
    }

    private func takeAll(_ queue: inout JobQueue) -> [String] {
        var taken: [Job] = []
        while case .run(let job) = queue.nextTurn() { taken.append(job) }
        return names(taken)
    }

    @Test("Jobs run in the order of their calls")
    func order() {
        var queue = JobQueue()
        for name in ["a", "b", "c"] { #expect(queue.admit(job(name)) == nil) }
        #expect(takeAll(&queue) == ["a", "b", "c"])
    }

    @Test("While a transaction is open only its own jobs run; the others keep their place")
    func transaction() {
        var queue = JobQueue()
        #expect(queue.setTransaction(TransactionToken(number: 7)).isEmpty)
        for job in [job("x"), job("t1", in: 7), job("y"), job("t2", in: 7)] {
            #expect(queue.admit(job) == nil)
        }
        #expect(queue.admit(job("late", in: 6))?.code == .closed)
        #expect(takeAll(&queue) == ["t1", "t2"])
        #expect(queue.admit(job("t3", in: 7)) == nil)
        #expect(names(queue.setTransaction(nil)) == ["t3"])
        #expect(takeAll(&queue) == ["x", "y"])
    }

    @Test("Jobs whose time is over are taken out, and the next deadline is known")
    func expiry() {
        var queue = JobQueue()
        #expect(queue.nextDeadline == nil)
        for (name, limit) in [("a", 3), ("b", 1), ("c", 2)] {
            #expect(queue.admit(job(name, expiresAfter: .seconds(limit))) == nil)
        }
        #expect(queue.nextDeadline == Self.start + .seconds(1))
        #expect(names(queue.removeExpired(at: Self.start + .seconds(2))) == ["b", "c"])
        #expect(takeAll(&queue) == ["a"])
    }

    @Test("A queue that stops runs nothing more, takes nothing in, and gives up what it holds")
    func stopping() {
        var queue = JobQueue()
        #expect(queue.admit(job("a")) == nil)
        queue.stop(atOnce: true)
        queue.stop(atOnce: false)
        guard case .stopping(atOnce: true) = queue.phase else {
            Issue.record("the phase is \(queue.phase)")
            return
        }
        #expect(queue.admit(job("b"))?.code == .closed)
        guard case .stop = queue.nextTurn() else {
            Issue.record("a stopping queue still runs jobs")
            return
        }
        let lost = PostgresError(code: .connectionLost, message: "gone", isSafeToRetry: true)
        #expect(names(queue.end(with: lost)) == ["a"])
        #expect(queue.admit(job("c")) == lost)
    }

    @Test("A full queue takes nothing in")
    func limit() {
        var queue = JobQueue()
        for number in 0..<JobQueue.jobsMax { #expect(queue.admit(job("\(number)")) == nil) }
        #expect(queue.admit(job("one too many"))?.code == .poolExhausted)
    }
}
