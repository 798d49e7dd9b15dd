import BookingDomain
import BookingTestSupport
import Logging
import Synchronization
import Testing

@testable import BookingIngress

struct OutcomeBoardTests {
    private let stores = FakeStores()
    private let alarms = AlarmClock()
    private let board: OutcomeBoard
    private let booking: Booking

    init() throws {
        board = OutcomeBoard(
            outcomesMax: 100, waitersMax: 3, alarms: alarms, store: stores,
            metrics: IngressMetrics(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let event = try TestEvents.event().id
        booking = try TestBookings.decided(try TestEvents.book(event), event: event)
    }

    @Test("an outcome that comes while the work is done is not missed")
    func duringWork() async throws {
        let outcome = try await board.outcome(of: booking.key, within: .seconds(10)) { _ in
            board.deliver([booking])
        }
        #expect(outcome == booking)
    }

    @Test("the wait ends with nothing when its time is over, and leaves no waiter behind")
    func timesOut() async throws {
        async let _: Void = alarms.run()
        for _ in 0..<5 {
            let outcome = try await board.outcome(of: booking.key, within: .milliseconds(5)) { _ in
            }
            #expect(outcome == nil)
        }
        // Had they been left behind, there would be no room for these.
        async let first = board.outcome(of: booking.key, within: .milliseconds(5)) { _ in }
        async let second = board.outcome(of: booking.key, within: .milliseconds(5)) { _ in }
        #expect(try await (first, second) == (nil, nil))
    }

    @Test("whoever is told of an outcome finds done what is done before the telling")
    func beforeWaking() async throws {
        let isDone = Mutex(false)
        let outcome = try await board.outcome(of: booking.key, within: .seconds(60)) { _ in
            board.deliver([booking]) { isDone.withLock { $0 = true } }
        }
        #expect(outcome == booking)
        #expect(isDone.withLock { $0 })
    }

    @Test("when the work fails, so does the wait, at once")
    func workFails() async throws {
        await #expect(throws: Refusal.unavailable(.broker)) {
            try await board.outcome(of: booking.key, within: .seconds(60)) { _ in
                throw Refusal.unavailable(.broker)
            }
        }
    }

    @Test("beyond the limit of waiters nobody waits, and nothing is done")
    func full() async throws {
        let booking = booking
        try await withThrowingTaskGroup { group in
            for _ in 0..<3 {
                await withCheckedContinuation { placed in
                    group.addTask {
                        _ = try await board.outcome(of: booking.key, within: .seconds(60)) { _ in
                            placed.resume()
                        }
                    }
                }
            }
            await #expect(throws: Refusal.overloaded(.waiters)) {
                try await board.outcome(of: booking.key, within: .seconds(60)) { _ in
                    Issue.record("the work was done without a waiter in its place")
                }
            }
            board.deliver([booking])
            try await group.waitForAll()
        }
    }

    @Test("what was missed is looked up when the subscription begins again")
    func recovers() async throws {
        stores.put(booking)
        let outcome = try await board.outcome(of: booking.key, within: .seconds(60)) { _ in
            await board.recoverMissed()
        }
        #expect(outcome == booking)
        #expect(board.outcome(of: booking.key) == booking)
    }

    @Test("closing ends all waits, and lets none begin")
    func closes() async throws {
        let waited = try await board.outcome(of: booking.key, within: .seconds(60)) { _ in
            board.close()
        }
        #expect(waited == nil)
        let late = try await board.outcome(of: booking.key, within: .seconds(60)) { _ in }
        #expect(late == nil)
        board.deliver([booking])
        #expect(board.outcome(of: booking.key) == booking)
    }

    @Test("a wait that is cancelled ends at once")
    func cancelled() async throws {
        let (board, booking) = (board, booking)
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        let task = Task {
            try await board.outcome(of: booking.key, within: .seconds(60)) { _ in
                continuation.yield()
            }
        }
        for await _ in stream { break }
        task.cancel()
        #expect(try await task.value == nil)
    }
}
