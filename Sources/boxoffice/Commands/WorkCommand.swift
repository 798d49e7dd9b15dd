import AMQP
import ArgumentParser
import BookingManagement
import BookingWorker
import Logging
import ServiceLifecycle

/// `boxoffice work`: a worker.
struct WorkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "work",
        abstract: "Run a worker: decide the bookings that wait in the queues.",
        discussion: """
            Takes the shards that nobody else serves, consumes the queues of their events, writes \
            the decisions to Postgres and publishes the outcomes. Several workers may run; each \
            shard is served by one of them at a time.

            SIGTERM or SIGINT stops it gracefully: the batches in hand are finished, and the rest \
            stays in the queues for the next worker. A second signal ends it at once, which loses \
            nothing either.

            Example:
              boxoffice work --broker-url amqp://localhost \\
                --shard-urls postgresql://localhost/shard0,postgresql://localhost/shard1

            \(ExitStatus.help)
            """)

    @OptionGroup(title: "Settings") var shards: ShardFlags
    @OptionGroup(title: "Settings") var worker: WorkerFlags
    @OptionGroup(title: "Settings") var service: ServiceFlags
    @OptionGroup(title: "Settings") var common: CommonFlags

    func run() async throws {
        let settings = try CommandLineSettings.read(
            command: "work",
            line: common.line(with: shards.given + worker.given + service.given), log: \.log,
            WorkSettings.init)
        try await Self.run(settings)
    }

    private static func run(_ settings: WorkSettings) async throws {
        let logger = Logger(label: "boxoffice.work")
        let registry = Running.startMetrics()
        let termination = Termination(logger: logger)
        let databases = BookingDatabase.shards(
            settings.shards, application: "boxoffice work", connections: settings.shardConnections,
            logger: logger)
        let guarding = try await DatabaseGuard(databases, logger: logger)
        var broker = settings.broker
        broker.connectionName = "boxoffice work \(settings.name)"
        let worker = WorkerService(
            shards: databases.map(\.pool), broker: broker, name: settings.name, logger: logger,
            now: WallClock.now)
        let management = Running.management(
            settings.management,
            checks: [termination.healthCheck, worker.brokerCheck]
                + worker.conditions.map(\.healthCheck),
            registry: registry, logger: logger)
        logger.notice(
            "the worker starts",
            metadata: ["name": "\(settings.name)", "shards": "\(databases.count)"])
        try await Running.run(
            [management, guarding, worker], until: termination,
            drainTimeout: settings.drainTimeout, logger: logger)
    }
}

extension WorkerService {
    /// Whether outcomes can be published.
    fileprivate var brokerCheck: HealthCheck {
        HealthCheck(name: "broker") { [self] in
            brokerObstacle.map(HealthStatus.unhealthy) ?? .healthy
        }
    }
}

extension ShardCondition {
    /// Whether the shard is served, by this worker or another.
    fileprivate var healthCheck: HealthCheck {
        HealthCheck(name: "shard-\(shard)") { [self] in
            problem.map(HealthStatus.unhealthy) ?? .healthy
        }
    }
}
