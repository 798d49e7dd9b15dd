import AMQP
import BookingIngress
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
    let secret: [UInt8]
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
    let rateLimits: RateLimitMode
    let directoryConnections: Int
    let shardConnections: Int
    let drainTimeout: Duration

    init(_ reading: inout SettingReading) throws(SettingsError) {
        let log = LogSettings(&reading)
        let directory = reading.value(of: Settings.directoryURL)
        let shards = reading.value(of: Settings.shardURLs)
        let broker = reading.value(of: Settings.brokerURL)
        let secret = reading.value(of: Settings.secret)
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
        let rateLimits = reading.value(of: Settings.rateLimits)
        let directoryConnections = reading.value(of: Settings.directoryConnections)
        let shardConnections = reading.value(of: Settings.shardConnections)
        let drainTimeout = reading.value(of: Settings.drainTimeout)
        try reading.finish()
        guard let log, let directory, let shards, let broker, let secret, let http,
            let management, let tokenLifetime, let requestTimeout, let connectionsMax,
            let perAddressMax, let trustedProxies, let crossOrigins, let passwordThreads,
            let passwordCost,
            let organizerEventsMax, let rateLimits, let directoryConnections,
            let shardConnections, let drainTimeout
        else { throw reading.error }
        self.log = log
        self.directory = directory
        self.shards = shards
        self.broker = broker
        self.secret = secret
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
        self.rateLimits = rateLimits
        self.directoryConnections = directoryConnections
        self.shardConnections = shardConnections
        self.drainTimeout = drainTimeout
    }
}

/// Everything `boxoffice work` has to know.
struct WorkSettings: Sendable {
    /// The port of livez, readyz and metrics, unless set.
    static let managementPort = 8082

    let log: LogSettings
    let directory: PostgresConfiguration
    let shards: [PostgresConfiguration]
    let broker: AMQPConfiguration
    let management: Endpoint
    let name: String
    let unknownMessages: UnknownMessagePolicy
    let shardConnections: Int
    let drainTimeout: Duration

    init(_ reading: inout SettingReading) throws(SettingsError) {
        let log = LogSettings(&reading)
        let directory = reading.value(of: Settings.directoryURL)
        let shards = reading.value(of: Settings.shardURLs)
        let broker = reading.value(of: Settings.brokerURL)
        let management = Endpoint.management(&reading, defaultPort: Self.managementPort)
        let name = reading.value(of: Settings.workerName)
        let unknownMessages = reading.value(of: Settings.unknownMessages)
        let shardConnections = reading.value(of: Settings.shardConnections)
        let drainTimeout = reading.value(of: Settings.drainTimeout)
        try reading.finish()
        guard let log, let directory, let shards, let broker, let management, let name,
            let unknownMessages, let shardConnections, let drainTimeout
        else { throw reading.error }
        self.log = log
        self.directory = directory
        self.shards = shards
        self.broker = broker
        self.management = management
        self.name = name
        self.unknownMessages = unknownMessages
        self.shardConnections = shardConnections
        self.drainTimeout = drainTimeout
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
