package import AMQP
import BookingBroker
package import BookingDomain
import BookingStore
package import Logging
package import Postgres
import ServiceLifecycle

/// A worker: serves its fair share of the shards, and those of workers that died.
///
/// A graceful shutdown finishes what has been delivered, gives the rest back to the queues in order
/// and releases the leases.
package struct WorkerService: Service {
    /// How the worker stands with each shard.
    package let conditions: [ShardCondition]

    private let workers: [ShardWorker]
    private let outcomes: OutcomePublisher
    private let ticks: OwnerPublisher
    private let roster: Roster

    /// - Parameters:
    ///   - directory: The directory database, where workers see each other.
    ///   - shards: The shard databases; a pool's index is its shard's number.
    ///   - broker: The broker; names of connections are made from its connection name.
    ///   - name: The worker's name in leases; must be no other living worker's.
    ///   - acceptance: Which messages it takes.
    ///   - logger: Where to tell what happens.
    ///   - now: The time, for what is stored as the time of a decision.
    package init(
        directory: PostgresPool, shards: [PostgresPool], broker: AMQPConfiguration, name: String,
        acceptance: MessageAcceptance = MessageAcceptance(), logger: Logger,
        now: @escaping @Sendable () -> Instant
    ) {
        let holdings = Holdings()
        let trials = TrialGate(process: ProcessIdentity(random: .random(in: .min ... .max)))
        let outcomes = OutcomePublisher(
            configuration: broker.named("outcomes"), publishTimeout: WorkerLimits.tellingMax,
            logger: logger)
        let ticks = OwnerPublisher(
            configuration: broker.named("ticks"), authenticator: acceptance.authenticator,
            logger: logger)
        workers = shards.enumerated().compactMap { index, pool in
            guard let shard = ShardNumber(index) else { return nil }
            var broker = broker.named("shard \(shard)")
            broker.heartbeat = WorkerLimits.heartbeat
            var logger = logger
            logger[metadataKey: "shard"] = "\(shard)"
            return ShardWorker(
                shard: shard, pool: pool, broker: broker, owner: name, holdings: holdings,
                outcomes: outcomes, ticks: ticks, condition: ShardCondition(shard: shard),
                metrics: WorkerMetrics(shard: shard), trials: trials,
                acceptance: acceptance, logger: logger, now: now)
        }
        conditions = workers.map(\.condition)
        self.outcomes = outcomes
        self.ticks = ticks
        roster = Roster(
            name: name, shards: shards.count, workers: WorkerRepository(directory: directory),
            holdings: holdings, isConnected: { outcomes.state.isConnected }, logger: logger)
    }

    /// The most connections to the broker of a worker that serves so many shards: for the outcomes, for
    /// the ticks, and for each shard one and those that look into doubtful queues.
    package static func brokerConnectionsMax(shards: Int) -> Int {
        2 + shards * (1 + WorkerLimits.probesMax)
    }

    /// Why outcomes cannot be published now; `nil` when they can.
    package var brokerObstacle: String? { outcomes.state.obstacle }

    /// Whether the broker is there, though it may take no outcomes now.
    package var isBrokerReachable: Bool { outcomes.state.isConnected }

    package func run() async throws {
        try await withThrowingTaskGroup { group in
            group.addTask { try await outcomes.run() }
            group.addTask { try await ticks.run() }
            group.addTask {
                // To a shard's worker, cancellation is the wish to stop; the publisher outlives them.
                try await cancelWhenGracefulShutdown { try await serveShards() }
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func serveShards() async throws {
        await withTaskGroup { group in
            group.addTask {
                try? await roster.run()
                // Told at once, the others take what is being given back.
                await roster.announceStop()
            }
            for worker in workers {
                // It ends only by being cancelled, and then there is nothing to tell.
                group.addTask { try? await worker.run() }
            }
        }
        await roster.retire()
    }
}
