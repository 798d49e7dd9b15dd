import AMQP
import BookingIngress
import BookingKeys
import BookingWorker
import Logging
import Postgres

/// Everything `boxoffice serve` has to know.
struct ServeSettings: Sendable {
    /// The port of livez, readyz and metrics, unless set.
    static let managementPort = 8081

    let log: LogSettings
    let directory: PostgresConfiguration
    let shards: [PostgresConfiguration]
    let broker: AMQPConfiguration
    let secrets: IngressSecrets
    let commands: CommandAuthenticator?
    let http: Endpoint
    let management: Endpoint
    let tokenLifetime: Duration
    let requestTimeout: Duration
    let connectionsMax: Int
    let connectionsPerAddressMax: Int
    let trustedProxies: TrustedProxies
    let crossOrigins: CrossOrigins
    let passwordThreads: Int
    let passwordCost: Int
    let organizerEventsMax: Int
    let lineWaitMax: Duration
    let rateLimits: RateLimitMode
    let directoryConnections: Int
    let shardConnections: Int
    let drainTimeout: Duration

    init(_ reading: inout SettingReading) throws(SettingsError) {
        let log = LogSettings(&reading)
        let directory = reading.value(of: Settings.directoryURL)
        let shards = reading.value(of: Settings.shardURLs)
        let broker = reading.value(of: Settings.brokerURL)
        let secrets = IngressSecrets(&reading)
        let commands = reading.value(of: Settings.commandSecrets)
        let http = Endpoint.http(&reading)
        let management = Endpoint.management(&reading, defaultPort: Self.managementPort)
        let tokenLifetime = reading.value(of: Settings.tokenLifetime)
        let requestTimeout = reading.value(of: Settings.requestTimeout)
        let connectionsMax = reading.value(of: Settings.httpConnections)
        let perAddressMax = reading.value(of: Settings.httpConnectionsPerAddress)
        let trustedProxies = reading.value(of: Settings.trustedProxies)
        let crossOrigins = reading.value(of: Settings.corsOrigins)
        let passwordThreads = reading.value(of: Settings.passwordThreads)
        let passwordCost = reading.value(of: Settings.passwordCost)
        let organizerEventsMax = reading.value(of: Settings.organizerEventsMax)
        let lineWaitMax = reading.value(of: Settings.lineWaitMax)
        let rateLimits = reading.value(of: Settings.rateLimits)
        let directoryConnections = reading.value(of: Settings.directoryConnections)
        let shardConnections = reading.value(of: Settings.shardConnections)
        let drainTimeout = reading.value(of: Settings.drainTimeout)
        try reading.finish()
        guard let log, let directory, let shards, let broker, let secrets, let commands, let http,
            let management, let tokenLifetime, let requestTimeout, let connectionsMax,
            let perAddressMax, let trustedProxies, let crossOrigins, let passwordThreads,
            let passwordCost,
            let organizerEventsMax, let lineWaitMax, let rateLimits, let directoryConnections,
            let shardConnections, let drainTimeout
        else { throw reading.error }
        self.log = log
        self.directory = directory
        self.shards = shards
        self.broker = broker
        self.secrets = secrets
        self.commands = commands.map(CommandAuthenticator.init)
        self.http = http
        self.management = management
        self.tokenLifetime = tokenLifetime
        self.requestTimeout = requestTimeout
        self.connectionsMax = connectionsMax
        connectionsPerAddressMax = perAddressMax
        self.trustedProxies = trustedProxies
        self.crossOrigins = crossOrigins
        self.passwordThreads = passwordThreads
        self.passwordCost = passwordCost
        self.organizerEventsMax = organizerEventsMax
        self.lineWaitMax = lineWaitMax
        self.rateLimits = rateLimits
        self.directoryConnections = directoryConnections
        self.shardConnections = shardConnections
        self.drainTimeout = drainTimeout
    }
}

extension IngressSecrets {
    /// Reads the secrets for each use, for which one may do.
    fileprivate init?(_ reading: inout SettingReading) {
        let secret = reading.value(of: Settings.secret)
        let tokens = reading.value(of: Settings.tokenSecrets)
        let ids = reading.value(of: Settings.idSecrets)
        let bookings = reading.value(of: Settings.bookingSecret)
        // What was refused has been noted.
        guard let secret, let tokens, let ids, let bookings else { return nil }
        let list = secret.flatMap { SecretList($0) }
        guard let tokens = tokens ?? list, let ids = ids ?? list, let bookings = bookings ?? secret
        else {
            reading.needs(Settings.secret.description)
            return nil
        }
        self.init(tokens: tokens, ids: ids, bookings: bookings)
    }
}

/// Everything `boxoffice work` has to know.
struct WorkSettings: Sendable {
    /// The port of livez, readyz and metrics, unless set.
    static let managementPort = 8082

    /// All settings that are read here.
    static let all: [SettingDescription] = [
        Settings.logLevel.description, Settings.logFormat.description,
        Settings.directoryURL.description, Settings.shardURLs.description,
        Settings.brokerURL.description, Settings.managementHost.description,
        Settings.managementPort.description, Settings.workerName.description,
        Settings.unknownMessages.description, Settings.commandSecrets.description,
        Settings.commandAuthentication.description, Settings.shardConnections.description,
        Settings.drainTimeout.description,
    ]

    let log: LogSettings
    let directory: PostgresConfiguration
    let shards: [PostgresConfiguration]
    let broker: AMQPConfiguration
    let management: Endpoint
    let name: String
    let acceptance: MessageAcceptance
    let shardConnections: Int
    let drainTimeout: Duration

    init(_ reading: inout SettingReading) throws(SettingsError) {
        let log = LogSettings(&reading)
        let directory = reading.value(of: Settings.directoryURL)
        let shards = reading.value(of: Settings.shardURLs)
        let broker = reading.value(of: Settings.brokerURL)
        let management = Endpoint.management(&reading, defaultPort: Self.managementPort)
        let name = reading.value(of: Settings.workerName)
        let acceptance = MessageAcceptance(&reading)
        let shardConnections = reading.value(of: Settings.shardConnections)
        let drainTimeout = reading.value(of: Settings.drainTimeout)
        try reading.finish()
        guard let log, let directory, let shards, let broker, let management, let name,
            let acceptance, let shardConnections, let drainTimeout
        else { throw reading.error }
        self.log = log
        self.directory = directory
        self.shards = shards
        self.broker = broker
        self.management = management
        self.name = name
        self.acceptance = acceptance
        self.shardConnections = shardConnections
        self.drainTimeout = drainTimeout
    }
}

extension MessageAcceptance {
    /// Reads which messages a worker takes.
    init?(_ reading: inout SettingReading) {
        let unknown = reading.value(of: Settings.unknownMessages)
        let secrets = reading.value(of: Settings.commandSecrets)
        let authentication = reading.value(of: Settings.commandAuthentication)
        guard let unknown, let secrets, let authentication else { return nil }
        if authentication == .require, secrets == nil {
            reading.refuse(
                [
                    Settings.commandAuthentication.description,
                    Settings.commandSecrets.description,
                ], "'require' needs the secrets")
        }
        self.init(
            unknown: unknown, authenticator: secrets.map(CommandAuthenticator.init),
            authentication: authentication)
    }
}

/// Everything `boxoffice migrate` has to know.
struct MigrateSettings: Sendable {
    let log: LogSettings
    let directory: PostgresConfiguration
    let shards: [PostgresConfiguration]

    init(_ reading: inout SettingReading) throws(SettingsError) {
        let log = LogSettings(&reading)
        let directory = reading.value(of: Settings.directoryURL)
        let shards = reading.value(of: Settings.shardURLs)
        try reading.finish()
        guard let log, let directory, let shards else { throw reading.error }
        self.log = log
        self.directory = directory
        self.shards = shards
    }
}

/// Everything `boxoffice check` has to know.
struct CheckSettings: Sendable {
    let log: LogSettings
    let shards: [PostgresConfiguration]
    let broker: AMQPConfiguration

    init(_ reading: inout SettingReading) throws(SettingsError) {
        let log = LogSettings(&reading)
        let shards = reading.value(of: Settings.shardURLs)
        let broker = reading.value(of: Settings.brokerURL)
        try reading.finish()
        guard let log, let shards, let broker else { throw reading.error }
        self.log = log
        self.shards = shards
        self.broker = broker
    }
}

/// Where a server listens.
struct Endpoint: Hashable, Sendable {
    let host: String
    let port: Int
    /// The flag that chooses the port, for messages about a port that is taken.
    let portFlag: String

    static func http(_ reading: inout SettingReading) -> Endpoint? {
        let host = reading.value(of: Settings.httpHost)
        let port = reading.value(of: Settings.httpPort)
        guard let host, let port else { return nil }
        return Endpoint(host: host, port: port, portFlag: Settings.httpPort.description.flag)
    }

    static func management(_ reading: inout SettingReading, defaultPort: Int) -> Endpoint? {
        let host = reading.value(of: Settings.managementHost)
        let port = reading.value(of: Settings.managementPort)
        guard let host, let port else { return nil }
        return Endpoint(
            host: host, port: port ?? defaultPort,
            portFlag: Settings.managementPort.description.flag)
    }

    /// The address to open when the server got `port`.
    func url(port: Int) -> String {
        host.contains(":") ? "http://[\(host)]:\(port)" : "http://\(host):\(port)"
    }
}
