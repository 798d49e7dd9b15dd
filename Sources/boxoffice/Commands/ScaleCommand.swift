import AMQP
import ArgumentParser
import BookingDomain
import BookingManagement
import BookingScale
import BookingStore
import FoundationEssentials
import Logging
import JSON

/// `boxoffice scale`: as many workers as the queues need.
struct ScaleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scale",
        abstract: "Run as many workers as the queues need.",
        discussion: """
            Keeps a fleet of workers ('work') on this machine: as many as keep pace with what comes \
            and decide what waits within the drain target, going by what a worker was measured to \
            decide in a second. More are started within seconds; one at a time is stopped after a \
            quiet period. What dies is started again. The log says why at each step.

            Workers are given those settings of this command that are theirs, and of its environment \
            little else; their names and management ports are its own, counted on. They stop when this process ends, however it ends. SIGTERM or \
            SIGINT stops all gracefully; a second signal ends all at once.

            On the management port, 'GET /scale' tells how many workers there should be. With \
            '--advise' that is all it does: for whoever starts workers elsewhere, as Kubernetes does.

            Example:
              boxoffice scale --min 1 --max 4

            \(ExitStatus.help)
            """)

    @Flag(help: "Start no workers; only tell how many there should be.")
    var advise = false

    @OptionGroup(title: "Settings") var scale: ScaleFlags
    @OptionGroup(title: "Settings") var directory: DirectoryFlags
    @OptionGroup(title: "Settings") var shards: ShardFlags
    @OptionGroup(title: "Settings") var worker: WorkerFlags
    @OptionGroup(title: "Settings") var commands: CommandSecretFlags
    @OptionGroup(title: "Settings") var broker: BrokerFlags
    @OptionGroup(title: "Settings") var metrics: BrokerMetricsFlags
    @OptionGroup(title: "Settings") var service: ServiceFlags
    @OptionGroup(title: "Settings") var common: CommonFlags

    func run() async throws {
        let line = common.line(
            with: scale.given + directory.given + shards.given + worker.given + commands.given
                + broker.given + metrics.given + service.given)
        let settings = try CommandLineSettings.read(command: "scale", line: line, log: \.log) {
            reading throws(SettingsError) in
            try ScaleSettings(&reading, startsWorkers: !advise)
        }
        let logger = Logger(label: "boxoffice.scale")
        let fleet =
            advise
            ? nil
            : FleetOfWorkers(
                settings,
                environment: WorkerEnvironment.filtered(
                    ProcessInfo.processInfo.environment, adding: line))
        try await BrokerReader.withReader(
            nodes: settings.brokerMetricsURLs, virtualHost: settings.broker.virtualHost,
            logger: logger
        ) { lines in
            try await Self.run(settings, lines: lines, fleet: fleet, logger: logger)
        }
    }

    private static func run(
        _ settings: ScaleSettings, lines: BrokerReader, fleet: FleetOfWorkers?, logger: Logger
    ) async throws {
        var need = FileNeed()
        need.add(connections: settings.shards.count, for: "the shard databases")
        need.add(settings.brokerMetricsURLs.count, for: Settings.brokerMetricsURLs.description.name)
        try need.claim()
        let registry = Running.startMetrics()
        let termination = Termination(logger: logger)
        let databases = BookingDatabase.shards(
            settings.shards, application: "boxoffice scale", connections: 1, logger: logger)
        let guarding = try await DatabaseGuard(databases, logger: logger)
        let bounds = FleetBounds(
            min: settings.workersMin, max: settings.workersMax, shards: databases.count)
        let workers = try fleet?.service(workersMax: bounds.max, logger: logger)
        let board = ScaleBoard()
        let scaling = ScaleService(
            plan: FleetPlan(
                bounds: bounds, drainTarget: settings.drainTarget,
                quietPeriod: settings.quietPeriod, assumedRate: settings.workerRate,
                adoptsOwners: workers == nil),
            lines: lines,
            shards: LeaseReader(databases.map { ShardStatusRepository(pool: $0.pool) }),
            board: board, fleet: workers, logger: logger)
        var checks = [termination.healthCheck, board.healthCheck]
        if let workers { checks.append(workers.healthCheck(min: bounds.min)) }
        let management = Running.management(
            settings.management, checks: checks, registry: registry,
            answers: [ManagementAnswer(name: "scale") { board.decision?.json }], logger: logger)
        logger.notice(
            workers == nil ? "advice is given" : "the fleet starts",
            metadata: [
                "min": "\(bounds.min)", "max": "\(bounds.max)", "shards": "\(databases.count)",
            ])
        try await Running.run(
            [management, guarding] + (workers.map { [$0] } ?? []) + [scaling], until: termination,
            drainTimeout: FleetOfWorkers.stopMax(settings) + Running.cancellationTimeout,
            logger: logger)
    }
}

/// The workers as processes of this very program.
private struct FleetOfWorkers {
    let settings: ScaleSettings
    let environment: [String: String]

    init(_ settings: ScaleSettings, environment: [String: String]) {
        self.settings = settings
        self.environment = environment
    }

    /// How long a worker may take to end: as long as it takes to cut itself off, and a little more.
    static func stopMax(_ settings: ScaleSettings) -> Duration {
        settings.drainTimeout + Running.cancellationTimeout + .seconds(1)
    }

    func service(workersMax: Int, logger: Logger) throws(CommandFailure) -> FleetService {
        let command = WorkerCommand(
            executable: ProcessIdentity.executable, arguments: ["work", "--until-input-ends"],
            environment: environment(of:))
        do throws(LaunchError) {
            return try FleetService(
                workersMax: workersMax, command: command, stopMax: Self.stopMax(settings),
                logger: logger)
        } catch {
            throw CommandFailure("no workers can be started: \(error)")
        }
    }

    /// The environment of the worker with that number.
    private func environment(of number: Int) -> [String: String] {
        var environment = environment
        let base = settings.management.port
        environment[Settings.workerName.description.environmentVariable] =
            "\(settings.name.prefix(Self.nameLengthMax))-\(number)"
        environment[Settings.managementPort.description.environmentVariable] =
            base == 0 ? "0" : String(base + number)
        return environment
    }

    /// So that the name and a number are not longer than a name may be.
    private static let nameLengthMax = 95
}

extension ScaleBoard {
    /// Whether the queues can be read.
    fileprivate var healthCheck: HealthCheck {
        HealthCheck(name: "queues") { [self] in obstacle.map(HealthStatus.unhealthy) ?? .healthy }
    }
}

extension FleetService {
    /// Whether at least the fewest workers run.
    fileprivate func healthCheck(min: Int) -> HealthCheck {
        HealthCheck(name: "workers") { [self] in
            let running = running
            return running >= min ? .healthy : .unhealthy("\(running) of at least \(min) run")
        }
    }
}

extension FleetDecision {
    /// What `GET /scale` answers; `wanted` is the number to follow.
    fileprivate var json: JSONValue {
        .object([
            "wanted": .integer(Int64(to)),
            "reason": .string(reason.description),
            "known": .bool(isKnown),
            "backlogMessages": .integer(Int64(backlogSum.messages)),
            "backlogCommands": .integer(Int64(backlogSum.commands)),
            "oldestMilliseconds": .integer(oldest.clampedMilliseconds),
            "arrivalsPerSecond": .integer(Int64(clamping: arrivals)),
            "commandsPerSecondAndWorker": .integer(Int64(clamping: rate)),
        ])
    }
}
