import BookingStore
import Testing

@testable import BookingWorker

@Suite("What an owner knows of its lease")
struct LeaseStandingTests {
    private static let start = ContinuousClock.now
    private static let locked = StoreError(.unavailable, "somebody has locked the row")

    private static func at(_ milliseconds: Int) -> ContinuousClock.Instant {
        start + .milliseconds(milliseconds)
    }

    private func standing() -> LeaseStanding {
        LeaseStanding(lasting: .seconds(2), sentAt: Self.start)
    }

    @Test(
        "Renewals that fail are no loss before the lease's time has passed since the last success")
    func lockTimeout() throws {
        var standing = standing()
        standing.renewed(sentAt: Self.at(500), isPaused: false)
        standing.failed(Self.locked, isSessionOver: false)
        #expect(try standing.isPaused(at: Self.at(2499)) == false)
        #expect(throws: StoreError.self) { try standing.isPaused(at: Self.at(2500)) }
        // A success that was sent in time and came late counts all the same.
        standing.renewed(sentAt: Self.at(1600), isPaused: true)
        #expect(try standing.isPaused(at: Self.at(3599)) == true)
    }

    @Test("A batch keeps the lease as a renewal does, from when it was sent")
    func batch() throws {
        var standing = standing()
        standing.kept(sentAt: Self.at(1000))
        // One that was sent earlier and is heard of later takes nothing away.
        standing.kept(sentAt: Self.at(400))
        #expect(try standing.isPaused(at: Self.at(2999)) == false)
        #expect(throws: StoreError.self) { try standing.isPaused(at: Self.at(3000)) }
    }

    @Test("Another owner, or the end of the session, is a loss at once and for good")
    func loss() {
        for (error, isSessionOver) in [
            (StoreError(.fenced, "another owner"), false), (Self.locked, true),
        ] {
            var standing = standing()
            standing.failed(error, isSessionOver: isSessionOver)
            standing.renewed(sentAt: Self.at(100), isPaused: false)
            #expect(throws: StoreError.self) { try standing.isPaused(at: Self.at(200)) }
        }
    }
}
