import AMQP
import BookingBroker
import BookingDomain
import BookingStore

/// One worker's time as the owner of a shard, under one lease: consumes its events' queues, applies them in batches.
///
/// It ends when the shard is to be handed over, when the task is cancelled, or when something fails.
/// In the first two cases it ends in order: it finishes what has been delivered, acknowledges it, and
/// closes its channels, so that hardly anything comes again to the next owner.
struct ShardTenure: Sendable {
    let worker: ShardWorker
    let claimed: ClaimedLease
    let leases: any LeaseStore
    let connection: AMQPConnection
    /// When the lease was asked for.
    let claimedAt: ContinuousClock.Instant
    let began: ContinuousClock.Instant

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
                source: consumer, outcomes: worker.outcomes, metrics: worker.metrics,
                logger: worker.logger)
            let discovery = QueueDiscovery(worker: worker, consumer: consumer, began: began)
            let expiry = ExpiryTimer(
                ticks: ShardTicks(publisher: worker.ticks, consumer: consumer), source: consumer,
                now: { keeper.now }, logger: worker.logger)
            let batches = BatchLoop(
                source: consumer, announcer: announcer, trials: worker.trials,
                acceptance: worker.acceptance,
                isCautious: claimed.recentCrashes >= WorkerLimits.crashesBeforeCaution,
                kept: { keeper.kept(sentAt: $0) }, expiry: expiry, parked: { discovery.park($0) })
            let result = await outcome {
                let applier = try await work(discovery, batches, expiry, keeper)
                // With the connection gone there is nothing to finish: the broker has it all back.
                guard consumer.isOpen else { throw CancellationError() }
                try await shielded { try await batches.finish(by: applier) }
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
        _ discovery: QueueDiscovery, _ batches: BatchLoop, _ expiry: ExpiryTimer,
        _ keeper: LeaseKeeper
    ) async throws -> BatchApplier {
        let (first, applied) = await withTaskGroup(of: Ending.self) { group in
            group.addTask { await ending { try await discovery.run() } }
            group.addTask { await ending { try await watch(keeper) } }
            group.addTask {
                await ending {
                    try await expiry.run(worker.ledgers)
                    return .handOver
                }
            }
            group.addTask {
                .consumed(
                    await outcome { try await batches.run(applier(by: keeper, telling: expiry)) })
            }
            var first: Ending?
            var applied: Result<BatchApplier, any Error>?
            for await ending in group {
                group.cancelAll()
                if first == nil, case .failed = ending, !Task.isCancelled {
                    // What is in hand may take long to fail, and the next owner gets nothing meanwhile.
                    await batches.source.close()
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

    private func applier(
        by keeper: LeaseKeeper, telling deadlines: any DeadlineSink
    ) -> BatchApplier {
        BatchApplier(
            claimed: claimed, store: worker.ledgers, outcomes: worker.outcomes,
            trials: worker.trials, acceptance: worker.acceptance,
            metrics: worker.metrics, logger: worker.logger,
            clock: WorkerClock(database: { keeper.now }), deadlines: deadlines)
    }
}
