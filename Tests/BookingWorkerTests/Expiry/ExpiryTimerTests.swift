import BookingDomain
import BookingStore
import BookingTestSupport
import BookingWorkerTestSupport
import Synchronization
import Testing

@testable import BookingWorker

@Suite("Ticks, and what they expire")
struct ExpiryTimerTests {
    /// A timer beside a worker's loop, on twins whose clock the test moves.
    private struct Stage {
        let worker: TwinWorker
        let broker: TwinBroker
        let source: TwinSource
        let ticks: TwinTicks
        let timer: ExpiryTimer
        let loop: BatchLoop
        var applier: BatchApplier

        init(capacity: Int = 10, prefetch: UInt16 = 100) async throws {
            let worker = try TwinWorker(capacities: [capacity])
            self.worker = worker
            broker = TwinBroker(prefetch: prefetch)
            source = broker.source()
            source.add(worker.event)
            ticks = TwinTicks(broker)
            timer = ExpiryTimer(
                ticks: ticks, source: source, now: { worker.shard.with { $0.lease.now } },
                logger: TestWorker.quiet)
            let announcer = Announcer(
                source: source, outcomes: TwinOutcomes(),
                metrics: WorkerMetrics(shard: worker.event.shard), logger: TestWorker.quiet)
            loop = BatchLoop(
                source: source, announcer: announcer,
                trials: TrialGate(process: ProcessIdentity(random: 1)),
                acceptance: MessageAcceptance(), isCautious: false, kept: { _ in }, expiry: timer,
                parked: { _ in })
            applier = try await worker.applier(telling: timer)
        }

        func timePasses(_ duration: Duration) {
            worker.shard.with { $0.lease.advance(by: duration) }
        }

        /// What the timer does now, to its end.
        func tick() async { for action in timer.begin() { await timer.perform(action) } }

        /// One round of the worker's loop.
        mutating func apply(max: Int = 100) async throws {
            let direct = timer.directEvents
            let messages = try source.messagesAtHand(max: max)
            applier = try await loop.apply(messages, by: applier)
            applier = try await loop.expire(
                in: messages.count < max ? direct : [], by: applier)
            try await loop.announcer.finish()
        }

        func hold() throws -> Command { try TestEvents.book(worker.event, holding: true) }

        func status(of command: Command) -> BookingStatus? {
            worker.shard.content.bookings[command.key]?.status
        }
    }

    private static let holdTime = Duration.seconds(EventTerms.holdSecondsDefault)

    @Test("A hold expires by a tick through the event's queue, and its tickets are free again")
    func expires() async throws {
        var stage = try await Stage()
        let hold = try stage.hold()
        stage.broker.publish([hold], to: stage.worker.event)
        try await stage.apply()
        #expect(stage.status(of: hold) == .held)
        stage.timePasses(Self.holdTime - .microseconds(1))
        await stage.tick()
        #expect(stage.ticks.published.isEmpty)
        stage.timePasses(.microseconds(1))
        await stage.tick()
        #expect(stage.ticks.published.count == 1)
        #expect(stage.status(of: hold) == .held)
        try await stage.apply()
        #expect(stage.status(of: hold) == .expired)
        let stock = stage.worker.shard.content.events[stage.worker.event]?.ticketTypes[0].stock
        #expect(stock == Stock(capacity: 10))
    }

    @Test("A confirmation that stands before the tick counts, though it is decided after that")
    func confirmedInTime() async throws {
        var stage = try await Stage()
        let hold = try stage.hold()
        stage.broker.publish([hold], to: stage.worker.event)
        try await stage.apply()
        stage.broker.publish([TestEvents.change(.confirm, of: hold)], to: stage.worker.event)
        stage.timePasses(Self.holdTime * 2)
        await stage.tick()
        try await stage.apply()
        #expect(stage.status(of: hold) == .confirmed)
    }

    @Test("A new owner rebuilds its timers from the database")
    func takeover() async throws {
        var first = try await Stage()
        let hold = try first.hold()
        first.broker.publish([hold], to: first.worker.event)
        try await first.apply()
        let second = ExpiryTimer(
            ticks: first.ticks, source: first.source,
            now: { [shard = first.worker.shard] in shard.with { $0.lease.now } },
            logger: TestWorker.quiet)
        first.timePasses(Self.holdTime)
        #expect(second.begin() == [])
        try await second.rebuild(from: TwinStore(first.worker.shard))
        #expect(second.begin() == [.publishTick(first.worker.event)])
    }

    @Test("An extended hold gets a new timer from the tick that came too early for it")
    func extended() async throws {
        var stage = try await Stage()
        let hold = try stage.hold()
        stage.broker.publish([hold], to: stage.worker.event)
        try await stage.apply()
        stage.timePasses(.seconds(60))
        stage.broker.publish([TestEvents.change(.extend, of: hold)], to: stage.worker.event)
        try await stage.apply()
        stage.timePasses(Self.holdTime - .seconds(60))
        await stage.tick()
        try await stage.apply()
        #expect(stage.status(of: hold) == .held)
        stage.timePasses(.seconds(60))
        await stage.tick()
        try await stage.apply()
        #expect(stage.status(of: hold) == .expired)
    }

    @Test("When no tick is taken, the owner expires what is due once it has seen the queue empty")
    func direct() async throws {
        var stage = try await Stage()
        let hold = try stage.hold()
        stage.broker.publish([hold], to: stage.worker.event)
        try await stage.apply()
        stage.ticks.block()
        stage.timePasses(Self.holdTime)
        await stage.tick()
        try await stage.apply()
        #expect(stage.status(of: hold) == .held)
        stage.timePasses(ExpirySchedule.deliveryMax)
        await stage.tick()
        try await stage.apply()
        #expect(stage.status(of: hold) == .expired)
        #expect(stage.ticks.published.isEmpty)
    }

    @Test("It does not while something is in the queue, nor before what was delivered is applied")
    func directLast() async throws {
        var stage = try await Stage(prefetch: 2)
        let hold = try stage.hold()
        stage.broker.publish([hold], to: stage.worker.event)
        try await stage.apply()
        stage.ticks.block()
        stage.timePasses(Self.holdTime)
        for _ in 0..<2 {
            stage.broker.publish(
                [try TestEvents.book(stage.worker.event)], to: stage.worker.event)
        }
        stage.broker.publish([TestEvents.change(.confirm, of: hold)], to: stage.worker.event)
        // Two are delivered, and the confirmation waits in the queue.
        await stage.tick()
        stage.timePasses(.seconds(5))
        #expect(stage.timer.directEvents.isEmpty)
        try await stage.apply(max: 2)
        // Now it is delivered, and the queue is empty.
        await stage.tick()
        stage.timePasses(.seconds(5))
        await stage.tick()
        #expect(stage.timer.directEvents == [stage.worker.event])
        try await stage.apply(max: 1)
        #expect(stage.status(of: hold) == .confirmed)
    }

    @Test("Of many that are due at once all expire, entry by entry, before what is behind the tick")
    func many() async throws {
        var stage = try await Stage(capacity: 1200)
        let holds = try (0..<1200).map { _ in try stage.hold() }
        for batch in 0..<12 {
            stage.broker.publish(
                Array(holds[(batch * 100)..<((batch + 1) * 100)]), to: stage.worker.event)
        }
        try await stage.apply()
        stage.timePasses(Self.holdTime)
        await stage.tick()
        let late = TestEvents.change(.confirm, of: holds[1199])
        stage.broker.publish([late], to: stage.worker.event)
        try await stage.apply()
        let log = stage.worker.shard.content.logs[stage.worker.event] ?? []
        let expired = log.compactMap { entry -> Int? in
            if case .expire(let bookings, _, _) = entry.body { bookings.count } else { nil }
        }
        #expect(expired == [500, 500, 200])
        // The late one is a sale like any other.
        #expect(log.last?.command == late.id)
        #expect(stage.status(of: holds[1199]) == .confirmed)
        #expect(stage.status(of: holds[0]) == .expired)
    }
}
