import BookingBroker
import BookingDomain
import BookingStore
import BookingTestSupport
import BookingWorkerTestSupport
import Logging
import Synchronization

@testable import BookingWorker

/// Workers that serve a shard in memory while they die, freeze and are refused, all by a seed.
///
/// The worker is the real one from the messages it takes to what it commits, tells and acknowledges. At each call
/// of the database the process may die before or after it, freeze while another takes over, or hear of
/// an error and not know whether the call came about. Commands are repeated, unreadable, refused, too slow
/// to be looked up, and deadly. Time passes in which holds lapse, and ticks are refused, lost and repeated.
final class Simulation: Sendable {
    /// How often the shard is taken by workers to which things happen, and then by workers to which nothing does.
    private static let livesWithFaults = 6
    private static let livesMax = 40
    /// How long after its due time, with nothing else to do and the owner's clock slow, a hold may stand.
    private static let patience = Duration.seconds(15)
    private static let quiet = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }

    let plan: SimulationPlan
    let witness: Witness
    private let defect: SimulationDefect?
    private let random: SeededGenerator
    private let shard: TwinShard
    private let broker: TwinBroker
    private let progress: Mutex<Progress>

    private struct Progress {
        /// How many of the messages are published.
        var published = 0
        var hasFaults = true
        /// Whether the broker takes no ticks.
        var isBlocked = false
        /// Whether somebody is frozen, while another serves the shard.
        var isFrozen = false
        var monotonic = ContinuousClock.now
    }

    init(seed: UInt64, defect: SimulationDefect? = nil) throws {
        random = SeededGenerator(seed: seed)
        let plan = try SimulationPlan(random)
        self.plan = plan
        self.defect = defect
        shard = TwinShard(shard: plan.shard, now: TestEvents.now)
        // Few, so that as a rule some wait in the queues.
        broker = TwinBroker(
            prefetch: UInt16(clamping: random.number(in: 1...8)),
            isDisorderly: defect == .brokerIsDisorderly)
        witness = Witness(plan, shard)
        progress = Mutex(Progress())
        shard.with { tables in
            for event in plan.events { tables.insert(event) }
            tables.refusedUsers = plan.refusedUsers
            tables.slowBuyers = Set(plan.slowBuyers.map { Buyer(user: $0.user, event: $0.event) })
            tables.defects = Set([defect?.ofDatabase].compactMap(\.self))
        }
    }

    /// Runs it to the end; returns what was not as it should be.
    func run() async -> Set<Violation> {
        var process = SimulatedProcess(random)
        for life in 0..<Self.livesMax {
            if life == Self.livesWithFaults { progress.withLock { $0.hasFaults = false } }
            await serve(by: process)
            if process.isDead { process = SimulatedProcess(random) }
            if defect != .databaseStaysSlow { shard.with { $0.isSlow = false } }
            // The twelve deaths of a minute, after which a shard rests, are not reached.
            shard.with { $0.lease.advance(by: .seconds(plan.killers.isEmpty ? 25 : 6)) }
            if !hasFaults, isDrained, firstDue == nil { break }
        }
        return witness.violations(isDrained: isDrained)
    }

    /// What is in the database, event by event, in the order of their lines.
    var bookings: [[Booking]] {
        let content = shard.content
        return plan.events.map { content.bookings(of: $0.id) }
    }

    private var isDrained: Bool { isAllPublished && broker.isEmpty }

    /// When the first of what is held is due.
    private var firstDue: Instant? {
        shard.with { tables in tables.bookings.values.compactMap { $0.hold?.expiresAt }.min() }
    }

    private var isAllPublished: Bool {
        progress.withLock { $0.published == plan.messages.count }
    }

    private func publishSome() {
        for _ in 0..<random.number(in: 0...6) {
            let next = progress.withLock { progress -> Int? in
                guard progress.published < plan.messages.count else { return nil }
                defer { progress.published += 1 }
                return progress.published
            }
            guard let next else { return }
            witness.published(plan.messages[next], at: shard.with { $0.lease.now })
            broker.publish(plan.messages[next].body, to: plan.messages[next].event)
        }
    }

    /// One process has the shard, until it gives it back, or fails, or dies.
    private func serve(by process: SimulatedProcess) async {
        let store = TwinStore(shard) { [self] call, commands in
            await fate(of: call, commands, by: process)
        }
        try? await process.trials.tellSurvived(in: plan.shard) { messages in
            try await store.forgetTrials(of: messages, in: process.trials.process)
        }
        let session = TwinLeaseSession(shard)
        let claim = LeaseClaim(owner: process.name, duration: WorkerLimits.leaseDuration)
        guard var claimed = try? await session.claim(claim) else { return session.end() }
        if defect == .ownerMiscounts { claimed = claimed.miscounted }
        let source = SimulatedSource(source(), process, in: self)
        process.connected(source)
        let isReleased = await serve(claimed, store, source, process)
        await source.close()
        if isReleased { _ = try? await session.release(claimed.lease) }
        session.end()
    }

    private func source() -> TwinSource {
        let source = broker.source()
        for event in plan.events.map(\.id) + [plan.stranger] { source.add(event) }
        return source
    }

    /// Serves the shard until all is done; returns whether that ended in order.
    private func serve(
        _ claimed: ClaimedLease, _ store: TwinStore, _ source: SimulatedSource,
        _ process: SimulatedProcess
    ) async -> Bool {
        let metrics = WorkerMetrics(shard: plan.shard)
        let outcomes = SimulatedOutcomes(run: self, process: process)
        // Two owners never quite agree on the database's time; as a rule they take it to be earlier.
        let ahead = plan.isOwnerAhead && hasFaults ? 3000 : 0
        let skew = Duration.milliseconds(random.number(in: -3000...ahead))
        let now = { @Sendable [shard] in shard.with { $0.lease.now.advanced(by: skew) } }
        let announcer = Announcer(
            source: source, outcomes: outcomes, metrics: metrics, logger: Self.quiet)
        let ticks = SimulatedTicks(run: self, broker: broker, process: process)
        let expiry = ExpiryTimer(ticks: ticks, source: source, now: now, logger: Self.quiet)
        let loop = BatchLoop(
            source: source, announcer: announcer, trials: process.trials,
            acceptance: MessageAcceptance(),
            isCautious: claimed.recentCrashes >= WorkerLimits.crashesBeforeCaution,
            kept: { _ in }, expiry: expiry, parked: { _ in })
        let applier = BatchApplier(
            claimed: claimed, store: store, outcomes: outcomes, trials: process.trials,
            acceptance: MessageAcceptance(), metrics: metrics, logger: Self.quiet,
            clock: WorkerClock(
                database: now,
                monotonic: { [self] in progress.withLock { $0.monotonic } }),
            deadlines: defect == .ownerArmsNoTimerAgain
                ? ForgetfulDeadlines(timer: expiry) : expiry)
        do {
            if defect != .ownerRebuildsNoTimers { try await expiry.rebuild(from: store) }
            try await apply(all: source, by: loop, applier)
            return true
        } catch {
            await source.close()
            try? await announcer.finish()
            return !process.isDead
        }
    }

    /// Applies what comes, until all is done or the shard is given back.
    private func apply(
        all source: SimulatedSource, by loop: BatchLoop, _ applier: BatchApplier
    ) async throws {
        var applier = applier
        var overdueSince: Instant?
        while true {
            publishSome()
            await passTime(loop.expiry)
            let direct = loop.expiry.directEvents
            let max = random.number(in: 1...20)
            let messages = try source.messagesAtHand(max: max)
            if messages.isEmpty, isAllPublished, applier.unfinished.isEmpty {
                guard !hasFaults, let due = firstDue else { return }
                let now = shard.with { $0.lease.now }
                advance(by: Swift.max(.milliseconds(100), due.duration(since: now)))
                overdueSince = due > now ? nil : overdueSince ?? now
                if let overdueSince, now.duration(since: overdueSince) > Self.patience {
                    return witness.neverExpired(due)
                }
            } else {
                overdueSince = nil
            }
            if defect == .workerAcknowledgesEarly { try await acknowledge(messages, source) }
            applier = try await loop.apply(messages, by: applier)
            applier = try await loop.expire(in: messages.count < max ? direct : [], by: applier)
            // What comes next is by the seed only if nothing else goes on beside it.
            try await loop.announcer.finish()
            if hasFaults, random.chance(perMille: 50) { return }
        }
    }

    /// Lets some time pass, and the timer do what is due then.
    private func passTime(_ expiry: ExpiryTimer) async {
        if !hasFaults {
            advance(by: .milliseconds(100))
            return await tick(expiry)
        }
        for _ in 0..<random.number(in: 0...3) {
            let isLong = random.chance(perMille: 300)
            advance(by: .milliseconds(random.number(in: 0...(isLong ? 15_000 : 500))))
            await tick(expiry)
        }
    }

    private func tick(_ expiry: ExpiryTimer) async {
        for action in expiry.begin() { await expiry.perform(action) }
    }

    private func advance(by duration: Duration) {
        progress.withLock { $0.monotonic += duration }
        shard.with { $0.lease.advance(by: duration) }
    }

    private func acknowledge(
        _ messages: [QueuedMessage], _ source: SimulatedSource
    ) async throws {
        var marks = DeliveryMarks()
        for message in messages { marks.advance(to: message.place) }
        try await source.acknowledge(upTo: marks)
    }
}

// What happens to its processes.
extension Simulation {
    private var hasFaults: Bool { progress.withLock { $0.hasFaults } }

    private func fate(
        of call: StoreCall, _ commands: [Command],
        by process: SimulatedProcess
    ) async -> CallFate<StoreError> {
        guard !process.isDead else { return .failed(SimulatedProcess.death) }
        advance(by: .milliseconds(random.number(in: 0...200)))
        // What has been decided before is not decided again, and kills no more.
        let decided = shard.content.bookings
        if call == .recallTaken,
            commands.contains(where: { plan.kills($0) && decided[$0.key] == nil })
        {
            process.die()
            return .failed(SimulatedProcess.death)
        }
        guard hasFaults else { return .answered }
        return await faultyFate(of: call, by: process)
    }

    /// Where messages kill, no process dies of anything else: it would be blamed on them.
    private func faultyFate(
        of call: StoreCall, by process: SimulatedProcess
    ) async -> CallFate<StoreError> {
        let mayDie = plan.killers.isEmpty
        switch random.number(in: 0...999) {
        case 0..<8 where mayDie:
            process.die()
            return .failed(SimulatedProcess.death)
        case 8..<20 where mayDie:
            process.die()
            return .unheard(SimulatedProcess.death)
        case 20..<30 where mayDie:
            await freeze(process)
            return .answered
        case 30..<38: return .failed(StoreError(.unavailable, "away"))
        case 38..<48: return .failed(StoreError(.unknownOutcome, "cut", isSafeToRetry: false))
        case 48..<60: return .unheard(StoreError(.unknownOutcome, "cut", isSafeToRetry: false))
        case 60..<66: shard.with { $0.isSlow = true }
        case 66..<120 where call == .commit: writeElsewhere()
        default: break
        }
        return .answered
    }

    /// A process stands still for so long that another one takes the shard; then it goes on.
    private func freeze(_ process: SimulatedProcess) async {
        let isFirst = progress.withLock { progress in
            defer { progress.isFrozen = true }
            return !progress.isFrozen
        }
        guard isFirst else { return }
        // The broker hears no heartbeats.
        await process.disconnect()
        shard.with { tables in
            tables.lease.advance(by: WorkerLimits.leaseDuration)
            tables.lease.expire()
        }
        await serve(by: SimulatedProcess(random))
        shard.with { $0.isSlow = defect == .databaseStaysSlow && $0.isSlow }
        progress.withLock { $0.isFrozen = false }
    }

    /// Another program books a ticket of an event, without commands.
    private func writeElsewhere() {
        guard let event = random.element(of: plan.events) else { return }
        let key = BookingKey(bits: random.bits())
        let user = UserID(now: TestEvents.now, random: random.bits())
        shard.with { $0.book(elsewhere: key, of: event.id, by: user) }
    }

    /// What becomes of a tick that is published.
    func fateOfTick() -> TickFate {
        guard hasFaults else { return .taken }
        let isBlocked = progress.withLock { progress in
            if random.chance(perMille: 200) { progress.isBlocked.toggle() }
            return progress.isBlocked
        }
        return switch random.number(in: 0...999) {
        case _ where isBlocked: .refused
        case 0..<50: .refused
        case 50..<100: .unheard
        case 100..<150: .lost
        case 150..<200: .repeated
        default: .taken
        }
    }

    /// Whether the owner can see whether a queue is empty.
    func seesQueue() -> Bool { !hasFaults || !random.chance(perMille: 100) }
    var looksAtNoQueue: Bool { defect == .ownerLooksAtNoQueue }

    func takesOutcomes() -> Bool { !hasFaults || !random.chance(perMille: 50) }

    func fateOfAcknowledgement(by process: SimulatedProcess) -> CallFate<BrokerError> {
        guard !process.isDead else { return .failed(SimulatedProcess.silence) }
        guard hasFaults else { return .answered }
        switch random.number(in: 0...999) {
        case 0..<20 where plan.killers.isEmpty:
            process.die()
            return .failed(SimulatedProcess.silence)
        case 20..<40: return .failed(SimulatedProcess.silence)
        case 40..<80: return .unheard(SimulatedProcess.silence)
        default: return .answered
        }
    }
}

extension ClaimedLease {
    fileprivate var miscounted: ClaimedLease {
        ClaimedLease(
            lease: lease, isTakeover: isTakeover, recentCrashes: recentCrashes,
            lastBatch: lastBatch + 1, incarnation: incarnation, time: time)
    }
}

extension SimulationPlan {
    /// Whether a process dies when it decides the command.
    fileprivate func kills(_ command: Command) -> Bool {
        command.kind == .book && killers.contains(command.key)
    }
}
