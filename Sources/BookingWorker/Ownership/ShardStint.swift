import AMQP
import BookingBroker
import BookingDomain
import BookingStore
import FaultPoints
import Logging
import Synchronization

/// One time of serving a shard, under one lease: consumes its events' queues, applies them in batches.
///
/// It ends when the shard is to be handed over, when the task is cancelled, or when something fails.
/// In the first two cases it ends in order: it finishes what has been delivered, acknowledges it, and
/// closes its channels, so that hardly anything comes again to the next owner.
struct ShardStint: Sendable {
    let worker: ShardWorker
    let claimed: ClaimedLease
    let leases: LeaseRepository
    let connection: AMQPConnection
    /// When the lease was asked for.
    let claimedAt: ContinuousClock.Instant
    let began: ContinuousClock.Instant
    let agenda = LineAgenda()
    let parked = ParkedEvents()
    private let consumesAll = FirstTime()

    init(
        worker: ShardWorker, claimed: ClaimedLease, leases: LeaseRepository,
        connection: AMQPConnection, claimedAt: ContinuousClock.Instant,
        began: ContinuousClock.Instant
    ) {
        self.worker = worker
        self.claimed = claimed
        self.leases = leases
        self.connection = connection
        self.claimedAt = claimedAt
        self.began = began
    }

    private var lease: Lease { claimed.lease }
    private var ledgers: LedgerRepository { LedgerRepository(pool: worker.pool) }

    /// How one of the parts ended.
    private enum Ending {
        /// The shard is wanted elsewhere.
        case handOver
        /// No more messages are taken; the applier knows how things stand.
        case consumed(Result<BatchApplier, any Error>)
        case failed(any Error)
    }

    /// Serves until the shard is to be handed over; throws when something failed.
    func serve() async throws {
        try await LeaseKeeper.keeping(claimed, sentAt: claimedAt, leases) { keeper in
            let consumer = try await ShardConsumer(on: connection)
            let announcer = Announcer(
                consumer: consumer, outcomes: worker.outcomes, metrics: worker.metrics,
                logger: worker.logger)
            let result = await outcome {
                let applier = try await work(on: consumer, announcer, keeper)
                // With the connection gone there is nothing to finish: the broker has it all back.
                guard consumer.isOpen else { throw CancellationError() }
                try await shielded { try await finish(consumer, announcer, keeper, by: applier) }
            }
            await shielded {
                await consumer.close()
                // Only if something failed is there anything left of it, and that will come again.
                _ = await outcome { try await announcer.finish() }
            }
            try result.get()
        }
    }

    /// Runs the parts until the first of them ends; returns the applier when that was no failure.
    private func work(
        on consumer: ShardConsumer, _ announcer: Announcer, _ keeper: LeaseKeeper
    ) async throws -> BatchApplier {
        let (first, applied) = await withTaskGroup(of: Ending.self) { group in
            group.addTask { await ending { try await discover(for: consumer) } }
            group.addTask { await ending { try await watch(keeper) } }
            group.addTask {
                .consumed(await outcome { try await consume(consumer, announcer, keeper) })
            }
            var first: Ending?
            var applied: Result<BatchApplier, any Error>?
            for await ending in group {
                group.cancelAll()
                if first == nil, case .failed = ending, !Task.isCancelled {
                    // What is in hand may take long to fail, and the next owner gets nothing meanwhile.
                    await consumer.close()
                }
                first = first ?? ending
                if case .consumed(let result) = ending { applied = result }
            }
            return (first, applied)
        }
        if case .failed(let error) = first, !Task.isCancelled { throw error }
        guard let applied else { throw CancellationError() }
        return try applied.get()
    }

    private func ending(of part: () async throws -> Ending) async -> Ending {
        do { return try await part() } catch { return .failed(error) }
    }

    /// Ends when the shard is to be handed over, or the lease cannot be kept.
    private func watch(_ keeper: LeaseKeeper) async throws -> Ending {
        while true {
            try await Task.sleep(for: WorkerLimits.leaseClaimInterval)
            let isPaused = try keeper.isPaused
            if isPaused || worker.holdings.isToGiveBack(worker.shard) {
                return .handOver
            }
        }
    }

    private func consume(
        _ consumer: ShardConsumer, _ announcer: Announcer, _ keeper: LeaseKeeper
    ) async throws -> BatchApplier {
        var applier = BatchApplier(
            claimed: claimed, repository: ledgers, outcomes: worker.outcomes, trials: worker.trials,
            acceptance: worker.acceptance,
            metrics: worker.metrics, logger: worker.logger, now: { keeper.now })
        while true {
            let messages: [QueuedMessage]
            do throws(BrokerError) {
                messages = try await consumer.next(max: WorkerLimits.messagesPerTakeMax)
            } catch {
                guard Task.isCancelled else { throw error }
                return applier
            }
            let start = ContinuousClock.now
            applier = try await shielded { [applier] in
                try await apply(messages, from: consumer, announcer, keeper, by: applier)
            }
            if applier.commandsInLastBatch >= WorkerLimits.busyBatchMin {
                // What is costly to apply gathers for longer: a batch of many events grows.
                let interval = max(WorkerLimits.busyBatchInterval, (.now - start) * 3 / 2)
                // Cut short, the wait for the next messages ends at once, too.
                try? await Task.sleep(until: start + interval, clock: .continuous)
            }
        }
    }

    /// Finishes what has been delivered, as far as that has an end.
    ///
    /// It consumes until its channels are closed, and never cancels a consumer: see ``ShardConsumer``.
    private func finish(
        _ consumer: ShardConsumer, _ announcer: Announcer, _ keeper: LeaseKeeper,
        by applier: BatchApplier
    ) async throws {
        FaultPoint.draining.pass()
        let deadline = ContinuousClock.now + WorkerLimits.handOverMax
        var applier = applier
        while ContinuousClock.now < deadline {
            var rest = try consumer.messagesAtHand(max: WorkerLimits.messagesPerLastTakeMax)
            if rest.isEmpty {
                try await announcer.finish()
                rest = try consumer.messagesAtHand(max: WorkerLimits.messagesPerLastTakeMax)
            }
            if rest.isEmpty { return }
            applier = try await apply(rest, from: consumer, announcer, keeper, by: applier)
        }
        try await announcer.finish()
    }

    /// Applies messages in batches, each announced and acknowledged once it is committed.
    private func apply(
        _ messages: [QueuedMessage], from consumer: ShardConsumer, _ announcer: Announcer,
        _ keeper: LeaseKeeper, by applier: BatchApplier
    ) async throws -> BatchApplier {
        var applier = applier
        FaultPoint.received.pass()
        var rest = messages[...]
        if PlantedBug.nackRequeue.isOn, rest.count > 1, let first = rest.popFirst() {
            try await consumer.putBack(first)
        }
        if PlantedBug.acknowledgeBeforeCommit.isOn, let last = rest.last {
            try await consumer.acknowledge(upTo: DeliveryMarks(last.place))
        }
        while let next = rest.first {
            let unknown: UnknownMessage?
            if isCautious, next.isRedelivered {
                rest.removeFirst()
                (applier, unknown) = try await worker.trials.pass { [applier] in
                    // Nothing else may be going on that this worker could die of.
                    try await announcer.finish()
                    var applier = applier
                    let unknown = try await applier.apply(suspect: next) { messages, marks in
                        try await announcer.announce(messages, upTo: marks)
                        try await announcer.finish()
                    }
                    return (applier, unknown)
                }
            } else {
                var unsuspected = isCautious ? rest.prefix { !$0.isRedelivered } : rest
                guard
                    let workload = Workload(
                        readingFrom: &unsuspected, as: worker.acceptance)
                else { break }
                rest = rest[unsuspected.startIndex...]
                let start = ContinuousClock.now
                try await applier.apply(workload)
                keeper.kept(sentAt: start)
                try await announcer.announce(
                    applier.takeAnnouncements(), upTo: workload.marks)
                unknown = workload.unknown
            }
            if let unknown { rest = park(unknown, leaving: rest, to: consumer) }
        }
        return applier
    }

    /// Whether something in the queues may have killed the owners before us.
    private var isCautious: Bool { claimed.recentCrashes >= WorkerLimits.crashesBeforeCaution }
}

// Which events' queues are consumed.
extension ShardStint {
    /// Adds the events on sale to what is consumed, new ones at once, and takes out those that are paused.
    private func discover(for consumer: ShardConsumer) async throws -> Ending {
        try await ledgers.listen { notifications in
            // Not waited for: the broker may take seconds to answer it, and a hand-over should not.
            let prober = Task { await resolveDoubts() }
            defer { prober.cancel() }
            try await withThrowingDiscardingTaskGroup { group in
                group.addTask {
                    while true {
                        agenda.timeHasPassed()
                        try await Task.sleep(for: WorkerLimits.discoveryInterval)
                    }
                }
                group.addTask {
                    for try await event in notifications { agenda.changed(event) }
                    throw WorkerError.notificationsEnded
                }
                group.addTask {
                    for await _ in agenda.occasions { try await settle(for: consumer) }
                    throw CancellationError()
                }
            }
        }
        throw CancellationError()
    }

    /// Does all that is on the agenda.
    private func settle(for consumer: ShardConsumer) async throws {
        while let item = agenda.next() {
            // One after the other, each to its end: see ShardConsumer. But not all of hundreds of events:
            // the shard would be nobody's for seconds when another worker waits for it.
            try Task.checkCancellation()
            try await shielded { try await heed(item, for: consumer) }
        }
        consumesAll.once { worker.metrics.consumesAll(after: .now - began) }
    }

    private func heed(_ item: LineAgenda.Item, for consumer: ShardConsumer) async throws {
        switch item {
        case .add(let event): try await add(event, to: consumer)
        case .goOn(let event): try await consume(event, on: consumer)
        case .look(let event):
            if try await ledgers.isToConsume(event) {
                return try await add(event, to: consumer)
            }
            guard consumer.consumes(event) else { return }
            var leaving: Set = [event]
            // Channels are opened anew once for all that are paused or closed together.
            for other in agenda.changes where consumer.consumes(other) {
                if try await !ledgers.isToConsume(other) { leaving.insert(other) }
            }
            agenda.goOn(with: await consumer.remove(leaving))
        case .leave(let event): agenda.goOn(with: await consumer.remove([event]))
        case .lookAtAll:
            let (wanted, consumed) = (try await ledgers.eventsToConsume(), consumer.events)
            unpark(consumed, among: wanted)
            agenda.found(wanted.filter { !consumed.contains($0) })
            agenda.goOn(with: await consumer.remove(consumed.subtracting(wanted)))
        }
    }

    /// Adds an event to what is consumed; one whose queue might hang or end that is looked into before.
    private func add(_ event: EventID, to consumer: ShardConsumer) async throws {
        guard !consumer.consumes(event), parked.mayConsume(event, at: .now) else { return }
        if isDoubtful(event), !agenda.takeResolution(of: event) { return agenda.doubt(event) }
        try await consume(event, on: consumer)
    }

    private func consume(_ event: EventID, on consumer: ShardConsumer) async throws {
        do throws(BrokerError) { try await consumer.add(event) } catch {
            if error.code == .unknown { worker.quarantine.take(event) }
            throw error
        }
    }

    /// Whether an event's queue hung the consumer before, or may be in the making.
    private func isDoubtful(_ event: EventID) -> Bool {
        worker.now().duration(since: event.madeAt) < WorkerLimits.queueMakingMax
            || worker.quarantine.contains(event)
    }

    /// Looks into the doubtful queues, some at a time, until cancelled.
    private func resolveDoubts() async {
        let probe = LineProbe(configuration: worker.broker.named("probe"), logger: worker.logger)
        await withTaskGroup(of: Void.self) { group in
            var begun = 0
            for await event in agenda.doubts {
                if begun >= WorkerLimits.probesMax { await group.next() }
                begun += 1
                group.addTask { await resolveDoubt(about: event, by: probe) }
            }
        }
    }

    private func resolveDoubt(about event: EventID, by probe: LineProbe) async {
        let obstacle = await probe.obstacle(for: event)
        if obstacle == nil {
            worker.quarantine.release(event)
        } else {
            // It is doubtful now however old it gets.
            worker.quarantine.take(event)
            try? await Task.sleep(for: WorkerLimits.probeInterval)
        }
        guard !Task.isCancelled else { return }
        if agenda.resolve(event, isHindered: obstacle != nil), let obstacle {
            worker.logger.warning(
                "an event's queue does not answer; its bookings wait",
                metadata: ["event": "\(event)", "problem": "\(obstacle)"])
        }
    }
}

/// The events whose queues hung a consumer, or could not be consumed when that was tried.
final class Quarantine: Sendable {
    private let events = Mutex<Set<EventID>>([])

    func contains(_ event: EventID) -> Bool { events.withLock { $0.contains(event) } }
    func take(_ event: EventID) { events.withLock { _ = $0.insert(event) } }
    func release(_ event: EventID) { events.withLock { _ = $0.remove(event) } }
}

/// Does something the first time only.
private final class FirstTime: Sendable {
    private let isOver = Atomic<Bool>(false)

    func once(_ body: () -> Void) {
        if !isOver.exchange(true, ordering: .relaxed) { body() }
    }
}
