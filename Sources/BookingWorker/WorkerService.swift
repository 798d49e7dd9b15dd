package import AMQP
import BookingBroker
package import BookingDomain
import BookingStore
package import Logging
package import Postgres
import ServiceLifecycle

/// A worker: serves every shard whose lease it can get.
///
/// A graceful shutdown finishes the batches in hand, gives the rest back to the queues in order and
/// releases the leases.
package struct WorkerService: Service {
    /// How the worker stands with each shard.
    package let conditions: [ShardCondition]

    private let workers: [ShardWorker]
    private let outcomes: OutcomePublisher

    /// - Parameters:
    ///   - shards: The shard databases; a pool's index is its shard's number.
    ///   - broker: The broker; names of connections are made from its connection name.
    ///   - name: The worker's name in leases; must be no other living worker's.
    ///   - logger: Where to tell what happens.
    ///   - now: The time, for what is stored as the time of a decision.
    package init(
        shards: [PostgresPool], broker: AMQPConfiguration, name: String, logger: Logger,
        now: @escaping @Sendable () -> Instant
    ) {
        let outcomes = OutcomePublisher(
            configuration: broker.named("outcomes"), publishTimeout: WorkerLimits.publishTimeout,
            logger: logger)
        workers = shards.enumerated().compactMap { index, pool in
            guard let shard = ShardNumber(index) else { return nil }
            var broker = broker.named("shard \(shard)")
            broker.heartbeat = WorkerLimits.heartbeat
            var logger = logger
            logger[metadataKey: "shard"] = "\(shard)"
            return ShardWorker(
                shard: shard, pool: pool, broker: broker, owner: name, outcomes: outcomes,
                condition: ShardCondition(shard: shard), metrics: WorkerMetrics(shard: shard),
                logger: logger, now: now)
        }
        conditions = workers.map(\.condition)
        self.outcomes = outcomes
    }

    /// Why outcomes cannot be published now; `nil` when they can.
    package var brokerObstacle: String? { outcomes.state.obstacle }

    package func run() async throws {
        try await withThrowingTaskGroup { group in
            group.addTask { try await outcomes.run() }
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
            for worker in workers {
                // It ends only by being cancelled, and then there is nothing to tell.
                group.addTask { try? await worker.run() }
            }
        }
    }
}

extension AMQPConfiguration {
    /// The same, with `part` added to the connection's name.
    fileprivate func named(_ part: String) -> AMQPConfiguration {
        var configuration = self
        configuration.connectionName += " (\(part))"
        return configuration
    }
}
