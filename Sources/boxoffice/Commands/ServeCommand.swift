import AMQP
import ArgumentParser
import BookingBroker
import BookingIngress
import BookingManagement
import BookingStore
import Logging
import Postgres
import ServiceLifecycle

/// `boxoffice serve`: an ingress.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run an ingress: the HTTP API.",
        discussion: """
            Takes bookings over HTTP, puts them into the queues of their events, and tells what \
            came of them. It keeps nothing that matters, so any number may run, all with the same \
            secret. Operators find livez, readyz and metrics on the management port.

            SIGTERM or SIGINT stops it gracefully: requests in hand are answered first. A second \
            signal ends it at once; what was answered with 202 is safe either way.

            Example:
              export BOXOFFICE_SECRET=$(openssl rand -hex 32)
              boxoffice serve --broker-url amqp://localhost \\
                --directory-url postgresql://localhost/directory \\
                --shard-urls postgresql://localhost/shard0,postgresql://localhost/shard1

            \(ExitStatus.help)
            """)

    @OptionGroup(title: "Settings") var directory: DirectoryFlags
    @OptionGroup(title: "Settings") var shards: ShardFlags
    @OptionGroup(title: "Settings") var ingress: IngressFlags
    @OptionGroup(title: "Settings") var commands: CommandSecretFlags
    @OptionGroup(title: "Settings") var broker: BrokerFlags
    @OptionGroup(title: "Settings") var service: ServiceFlags
    @OptionGroup(title: "Settings") var common: CommonFlags

    func run() async throws {
        let given =
            directory.given + shards.given + ingress.given + commands.given + broker.given
            + service.given
        let settings = try CommandLineSettings.read(
            command: "serve", line: common.line(with: given), log: \.log, ServeSettings.init)
        try await Self.run(settings)
    }

    private static func run(_ settings: ServeSettings) async throws {
        try settings.fileNeed.claim()
        let logger = Logger(label: "boxoffice.serve")
        let registry = Running.startMetrics()
        let termination = Termination(logger: logger)
        let directory = BookingDatabase.directory(
            settings.directory, application: "boxoffice serve",
            connections: settings.directoryConnections, logger: logger)
        let shards = BookingDatabase.shards(
            settings.shards, application: "boxoffice serve",
            connections: settings.shardConnections, logger: logger)
        let guarding = try await DatabaseGuard([directory] + shards, logger: logger)
        let ingress = try await ingress(
            settings, directory: directory, shards: shards, logger: logger)
        let management = Running.management(
            settings.management, checks: [termination.healthCheck] + ingress.healthChecks,
            registry: registry, logger: logger)
        try await Running.run(
            [management, guarding, Listener(ingress, name: "API", endpoint: settings.http)],
            until: termination, drainTimeout: settings.drainTimeout, logger: logger)
    }

    private static func ingress(
        _ settings: ServeSettings, directory: BookingDatabase, shards: [BookingDatabase],
        logger: Logger
    ) async throws -> IngressServer {
        var configuration = IngressConfiguration()
        configuration.host = settings.http.host
        configuration.port = settings.http.port
        configuration.requestDeadline = settings.requestTimeout
        configuration.tokenLifetime = settings.tokenLifetime
        configuration.connectionsMax = settings.connectionsMax
        configuration.connectionsPerAddressMax = settings.connectionsPerAddressMax
        configuration.trustedProxies = settings.trustedProxies
        configuration.crossOrigins = settings.crossOrigins
        configuration.organizerEventsMax = settings.organizerEventsMax
        configuration.lineWaitMax = settings.lineWaitMax
        configuration.passwordThreads = settings.passwordThreads
        configuration.passwordCost =
            ScryptCost(logRounds: settings.passwordCost) ?? configuration.passwordCost
        configuration.rateLimits = settings.rateLimits
        let pools = ShardPools(shards.map(\.pool))
        let dependencies = IngressDependencies(
            users: UserRepository(directory: directory.pool),
            sessions: SessionRepository(directory: directory.pool),
            events: EventRepository(shards: pools),
            bookings: BookingRepository(shards: pools), kinds: KindRepository(shards: pools),
            shardCount: shards.count,
            commands: CommandPublisher(
                configuration: broker(settings, for: "commands"), authenticator: settings.commands,
                publishTimeout: configuration.publishPatience, logger: logger),
            outcomes: OutcomeSubscriber(
                configuration: broker(settings, for: "outcomes"), logger: logger),
            secrets: settings.secrets)
        return try await IngressServer(
            configuration: configuration, dependencies: dependencies, logger: logger,
            onListening: { port in
                logger.notice(
                    "the API listens", metadata: ["url": "\(settings.http.url(port: port))"])
            })
    }

    private static func broker(_ settings: ServeSettings, for purpose: String) -> AMQPConfiguration
    {
        var broker = settings.broker
        broker.connectionName = "boxoffice serve \(ProcessIdentity.name) (\(purpose))"
        return broker
    }
}

extension ServeSettings {
    /// The connections to the broker: for commands, for making queues, for outcomes.
    private static let brokerConnections = 3

    /// How many files an ingress may have open.
    var fileNeed: FileNeed {
        var need = FileNeed()
        need.add(
            connectionsMax + IngressConfiguration.acceptedAtOnce(of: connectionsMax) + 1,
            for: Settings.httpConnections.description.name)
        need.add(
            connections: directoryConnections, for: Settings.directoryConnections.description.name)
        need.add(
            connections: shards.count * shardConnections,
            for: Settings.shardConnections.description.name)
        need.add(connections: Self.brokerConnections, for: "the broker")
        return need
    }
}
