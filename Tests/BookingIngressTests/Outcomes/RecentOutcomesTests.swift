import BookingDomain
import BookingTestSupport
import Logging
import Synchronization
import Testing

@testable import BookingIngress

struct RecentOutcomesTests {
    private let stores = FakeStores()
    private let alarms = AlarmClock()
    private let recentOutcomes: RecentOutcomes
    private let booking: Booking

    init() throws {
        recentOutcomes = RecentOutcomes(
            outcomesMax: 100, waitersMax: 3, waitersPerUserMax: 2, alarms: alarms, store: stores,
            metrics: IngressMetrics(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let event = try TestEvents.event().id
        booking = try TestBookings.decided(try TestEvents.book(event), event: event)
    }

    /// How a wait for the outcome ends, if it begins; `work` is done once it is in its place.
    private func end(
        of wait: OutcomeWait = OutcomeWait(), by user: UserID = TestEvents.user(),
        later sequence: Int64 = 0, within limit: Duration = .seconds(60),
        after work: () async -> Void = {}
    ) async -> WaitEnd? {
        let end = OneShot<WaitEnd>()
        switch recentOutcomes.begin(
            wait, for: booking.reference, of: user, after: sequence, limit: limit,
            completion: { end.answer($0) })
        {
        case .known(let booking): return .outcome(booking)
        case .full: return nil
        case .begun:
            await work()
            return await end.wait(cancelled: .clientGone)
        }
    }

    @Test("an outcome that comes while the work is done is not missed")
    func duringWork() async {
        #expect(await end { recentOutcomes.deliver([booking]) } == .outcome(booking))
        #expect(recentOutcomes.waiters == 0)
    }

    @Test("the wait ends when its time is over, and leaves no waiter behind")
    func timesOut() async {
        async let _: Void = alarms.run()
        for _ in 0..<5 {
            #expect(await end(within: .milliseconds(5)) == .timeOver)
            #expect(recentOutcomes.waiters == 0)
        }
    }

    @Test("whoever is told of an outcome finds done what is done before the telling")
    func beforeWaking() async {
        let isDone = Mutex(false)
        let ended = await end {
            recentOutcomes.deliver([booking]) { isDone.withLock { $0 = true } }
        }
        #expect(ended == .outcome(booking))
        #expect(isDone.withLock { $0 })
    }

    @Test(
        "whoever else ends a wait ends it at once, before it has begun too, and its place is free",
        arguments: [.notPublished(.unavailable(.broker)), .clientGone] as [WaitEnd])
    func endedFromOutside(by cause: WaitEnd) async {
        let wait = OutcomeWait()
        #expect(await end(of: wait) { wait.answer(cause) } == cause)
        #expect(recentOutcomes.waiters == 0)
        #expect(await end(of: wait) == cause)
        #expect(recentOutcomes.waiters == 0)
    }

    @Test("beyond the limit of waiters no wait begins, and nothing is done")
    func full() async {
        let (recentOutcomes, booking) = (recentOutcomes, booking)
        for _ in 0..<3 {
            let beginning = recentOutcomes.begin(
                OutcomeWait(), for: booking.reference, of: TestEvents.user(), limit: .seconds(60)
            ) { end in #expect(end == .outcome(booking)) }
            #expect(beginning == .begun)
        }
        let ended = await end { Issue.record("the work was done without a waiter in its place") }
        #expect(ended == nil)
        recentOutcomes.deliver([booking])
        #expect(recentOutcomes.waiters == 0)
    }

    @Test("a user's oldest wait makes room for a further one, also when all places are taken")
    func displaced() async {
        let user = TestEvents.user()
        let ends = Mutex<[String: WaitEnd]>([:])
        func begin(_ name: String, _ user: UserID) -> RecentOutcomes.Beginning {
            recentOutcomes.begin(
                OutcomeWait(), for: booking.reference, of: user, limit: .seconds(60)
            ) {
                end in
                ends.withLock { $0[name] = end }
            }
        }
        #expect(begin("stranger", TestEvents.user()) == .begun)
        for name in ["first", "second", "third"] { #expect(begin(name, user) == .begun) }
        #expect(ends.withLock { $0 } == ["first": .displaced])
        #expect(recentOutcomes.waiters == 3)
        recentOutcomes.deliver([booking])
        #expect(
            ends.withLock { $0 } == [
                "first": .displaced, "second": .outcome(booking), "third": .outcome(booking),
                "stranger": .outcome(booking),
            ])
    }

    @Test("what was missed is looked up when the subscription begins again")
    func recovers() async {
        stores.put(booking)
        let ended = await end { #expect(await recentOutcomes.recoverMissed() == 1) }
        #expect(ended == .outcome(booking))
        #expect(recentOutcomes.outcome(of: booking.key) == booking)
    }

    @Test("what whoever waits knows already was not missed")
    func nothingMissed() async {
        stores.put(booking)
        let wait = OutcomeWait()
        let ended = await end(of: wait, later: booking.asOfSequence) {
            #expect(await recentOutcomes.recoverMissed() == 0)
            #expect(recentOutcomes.waiters == 1)
            wait.answer(.clientGone)
        }
        #expect(ended == .clientGone)
    }

    @Test("closing ends all waits, and later ones as they begin")
    func closes() async {
        #expect(await end { recentOutcomes.close() } == .stopping)
        #expect(await end() == .stopping)
        recentOutcomes.deliver([booking])
        #expect(recentOutcomes.outcome(of: booking.key) == booking)
    }
}
