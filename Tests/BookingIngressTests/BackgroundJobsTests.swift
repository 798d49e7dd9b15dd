import BookingTestSupport
import Synchronization
import Testing

@testable import BookingIngress

struct BackgroundJobsTests {
    @Test("no more jobs are begun than there may be, and another one when some have ended")
    func bounded() async throws {
        let jobs = BackgroundJobs()
        let ended = Atomic<Int>(0)
        let begun = (0...BackgroundJobs.jobsMax).map { _ in
            jobs.begin { ended.add(1, ordering: .relaxed) }
        }
        #expect(begun.count { $0 } == BackgroundJobs.jobsMax)
        #expect(begun.last == false)
        try await withThrowingTaskGroup { group in
            group.addTask { await jobs.run() }
            defer { group.cancelAll() }
            try await eventually("all jobs end, and another one is begun") {
                ended.load(ordering: .relaxed) == BackgroundJobs.jobsMax && jobs.begin {}
            }
        }
    }

    @Test("the end of the service cancels the jobs, and waits for them")
    func cancelled() async throws {
        let jobs = BackgroundJobs()
        let hasBegun = Atomic<Bool>(false)
        let wasCancelled = Atomic<Bool>(false)
        try await withThrowingTaskGroup { group in
            group.addTask { await jobs.run() }
            let isBegun = jobs.begin {
                hasBegun.store(true, ordering: .relaxed)
                try? await Task.sleep(for: .seconds(60))
                wasCancelled.store(Task.isCancelled, ordering: .relaxed)
            }
            #expect(isBegun)
            try await eventually("the job goes on") { hasBegun.load(ordering: .relaxed) }
            group.cancelAll()
        }
        let isCancelled = wasCancelled.load(ordering: .relaxed)
        #expect(isCancelled)
    }
}
