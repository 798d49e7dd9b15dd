import AMQP
import ArgumentParser
import BookingManagement
import BookingStore
import BookingWorker
import Logging
import ServiceLifecycle

/// `boxoffice work`: a worker.
struct WorkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "work",
        abstract: "Run a worker: decide the bookings that wait in the queues.",
        discussion: """
            Serves its fair share of the shards: consumes the queues of their events, writes the \
            decisions to Postgres and publishes the outcomes. Any number of workers may run; each \
            shard is served by one of them at a time, moves when workers come and go, and is taken \
            over when its worker dies.

            SIGTERM or SIGINT stops it gracefully: what has been delivered is finished, and the \
            shards are handed to the other workers. A second signal ends it at once, which loses \
            nothing either. With '--until-input-ends' the end of standard input counts as a signal, \
            for whoever starts workers and may die.

            Example:
              boxoffice work --broker-url amqp://localhost \\
                --directory-url postgresql://localhost/directory \\
                --shard-urls postgresql://localhost/shard0,postgresql://localhost/shard1

            \(ExitStatus.help)
            """)

    @Flag(help: "Stop when standard input ends.")
    var untilInputEnds = false

    @OptionGroup(title: "Settings") var directory: DirectoryFlags
    @OptionGroup(title: "Settings") var shards: ShardFlags
    @OptionGroup(title: "Settings") var worker: WorkerFlags
    @OptionGroup(title: "Settings") var unknown: UnknownMessageFlags
    @OptionGroup(title: "Settings") var commands: CommandSecretFlags
    @OptionGroup(title: "Settings") var broker: BrokerFlags
    @OptionGroup(title: "Settings") var service: ServiceFlags
    @OptionGroup(title: "Settings") var common: CommonFlags

    func run() async throws {
        let settings = try CommandLineSettings.read(
            command: "work",
            line: common.line(
                with: directory.given + shards.given + worker.given + unknown.given
                    + commands.given + broker.given + service.given), log: \.log, WorkSettings.init)
        try await Self.run(settings, untilInputEnds: untilInputEnds)
    }

    private static func run(_ settings: WorkSettings, untilInputEnds: Bool) async throws {
        try settings.fileNeed.claim()
        var logger = Logger(label: "boxoffice.work")
        // Whoever started it has other workers, too, that write to the same place.
        if untilInputEnds { logger[metadataKey: "worker"] = "\(settings.name)" }
        let registry = Running.startMetrics()
        let termination = Termination(watchesInput: untilInputEnds, logger: logger)
        let application = WorkerSessions.applicationName(ofWorker: settings.name)
        let directory = BookingDatabase.directory(
            settings.directory, application: application,
            connections: WorkSettings.directoryConnections,
            logger: logger)
        let shards = BookingDatabase.shards(
            settings.shards, application: application, connections: settings.shardConnections,
            logger: logger)
        let guarding = try await DatabaseGuard([directory] + shards, logger: logger)
        var broker = settings.broker
        broker.connectionName = "boxoffice work \(settings.name)"
        let worker = WorkerService(
            directory: directory.pool, shards: shards.map(\.pool), broker: broker,
            name: settings.name, acceptance: settings.acceptance, logger: logger,
            now: WallClock.now)
        let management = Running.management(
            settings.management,
            checks: [termination.healthCheck, worker.brokerCheck]
                + worker.conditions.map(\.healthCheck),
            registry: registry, logger: logger)
        logger.notice(
            "the worker starts",
            metadata: ["name": "\(settings.name)", "shards": "\(shards.count)"])
        try await Running.run(
            [management, guarding, worker], until: termination,
            drainTimeout: settings.drainTimeout, logger: logger)
    }
}

extension WorkSettings {
    fileprivate static let directoryConnections = 1

    /// How many files a worker may have open when it serves all shards.
    var fileNeed: FileNeed {
        var need = FileNeed()
        need.add(connections: Self.directoryConnections, for: "the directory database")
        need.add(
            connections: shards.count * shardConnections,
            for: Settings.shardConnections.description.name)
        need.add(
            connections: WorkerService.brokerConnectionsMax(shards: shards.count),
            for: "the broker")
        return need
    }
}

extension WorkerService {
    /// Whether outcomes can be published.
    fileprivate var brokerCheck: HealthCheck {
        HealthCheck(name: "broker") { [self] in
            guard let obstacle = brokerObstacle else { return .healthy }
            // With a broker that takes nothing, the lines are emptied all the same.
            return isBrokerReachable ? .degraded(obstacle) : .unhealthy(obstacle)
        }
    }
}

extension ShardCondition {
    /// Whether the shard is served, by this worker or another.
    fileprivate var healthCheck: HealthCheck {
        HealthCheck(name: "shard-\(shard)") { [self] in
            problem.map(HealthStatus.unhealthy) ?? shortcoming.map(HealthStatus.degraded)
                ?? .healthy
        }
    }
}
