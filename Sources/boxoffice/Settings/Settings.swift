import AMQP
import BookingIngress
import BookingWorker
import Logging
import Postgres

/// All settings there are; nothing else about the program can be set.
enum Settings {
    /// The shortest secret, in bytes; as long as what HMAC-SHA-256 yields.
    static let secretBytesMin = 32
    /// The most shards; an event's id has room for twelve bits.
    static let shardsMax = 4096
    /// The environment's way to name the settings file.
    static let fileVariable = SettingSources.environmentPrefix + "CONFIG"

    /// Every setting, in the order of the table.
    static let all: [SettingDescription] = [
        directoryURL.description, shardURLs.description, brokerURL.description,
        brokerMetricsURLs.description, secret.description, tokenSecrets.description,
        idSecrets.description,
        bookingSecret.description, commandSecrets.description, commandAuthentication.description,
        httpHost.description,
        httpPort.description,
        managementHost.description, managementPort.description, tokenLifetime.description,
        requestTimeout.description, httpConnections.description,
        httpConnectionsPerAddress.description, trustedProxies.description,
        corsOrigins.description,
        passwordThreads.description, passwordCost.description, organizerEventsMax.description,
        lineWaitMax.description,
        rateLimits.description,
        directoryConnections.description,
        shardConnections.description, workerName.description, unknownMessages.description,
        drainTimeout.description,
        workersMin.description, workersMax.description, drainTarget.description,
        quietPeriod.description, workerRate.description,
        logLevel.description, logFormat.description,
    ]

    /// All that may be written: settings, and the files that hold them.
    static let written = all.flatMap { [$0] + ($0.file.map { [$0] } ?? []) }

    // MARK: Where things are

    static let directoryURL = Setting<PostgresConfiguration>(
        required: "directory-url", "The directory database: users, and the workers that live.",
        allowed: "a postgresql:// URL", isSecret: true, parse: SettingValue.database)

    static let shardURLs = Setting<[PostgresConfiguration]>(
        required: "shard-urls",
        "The shard databases: events and bookings. A URL's place in the list is the shard's number, "
            + "for ever; new ones go to the end.",
        allowed: "1 to \(shardsMax) postgresql:// URLs with commas between them", isSecret: true,
        parse: SettingValue.databases)

    static let brokerURL = Setting<AMQPConfiguration>(
        required: "broker-url", "The RabbitMQ broker.", allowed: "an amqp:// or amqps:// URL",
        isSecret: true, parse: SettingValue.broker)

    static let brokerMetricsURLs = Setting<[String]>(
        "broker-metrics-urls",
        "The metrics of RabbitMQ's Prometheus plugin, of every broker of a cluster.",
        allowed: "http:// or https:// URLs with commas between them",
        default: "http://127.0.0.1:15692", parse: SettingValue.webAddresses)

    // MARK: Listening

    static let httpHost = Setting<String>(
        "http-host", "The address the API listens on; 0.0.0.0 for all.",
        allowed: "a host name or an IP address", default: "127.0.0.1", parse: SettingValue.host)

    static let httpPort = Setting<Int>(
        "http-port", "The port of the API.", allowed: portAllowed, default: "8080",
        parse: SettingValue.wholeNumber(portRange))

    static let managementHost = Setting<String>(
        "management-host", "The address that livez, readyz and metrics listen on.",
        allowed: "a host name or an IP address", default: "127.0.0.1", parse: SettingValue.host)

    /// The default is the command's, so that an ingress and a worker fit on one machine.
    static let managementPort = Setting<Int?>(
        "management-port", "The port of livez, readyz and metrics.", allowed: portAllowed,
        computed:
            "\(ServeSettings.managementPort) for serve, \(WorkSettings.managementPort) for work, "
            + "\(ScaleSettings.managementPort) for scale, whose workers take the next ones",
        fallback: { nil },
        parse: { text throws(SettingRefusal) in try SettingValue.wholeNumber(portRange)(text) })

    private static let portRange = 0...65535
    private static let portAllowed = "0 to 65535, 0 for any that is free"

    // MARK: Limits

    static let tokenLifetime = Setting<Duration>(
        "token-lifetime", "How long a session lasts.", allowed: "a time from 1m to 30d",
        default: "12h", parse: SettingValue.duration(.seconds(60)...(.seconds(30 * 86400))))

    static let requestTimeout = Setting<Duration>(
        "request-timeout",
        "How long a request may take to arrive, and then beyond what it asked to wait for.",
        allowed: "a time from 100ms to 60s", default: "5s",
        parse: SettingValue.duration(.milliseconds(100)...(.seconds(60))))

    static let httpConnections = Setting<Int>(
        "http-connections", "The most connections to the API at a time; further ones wait.",
        allowed: "1 to 1000000", default: "16000",
        parse: SettingValue.wholeNumber(1...1_000_000))

    static let httpConnectionsPerAddress = Setting<Int>(
        "http-connections-per-address",
        "The most connections to the API from one address (a /64 of IPv6) at a time; further ones "
            + "are refused with 429.",
        allowed: "1 to 1000000", default: "1000",
        parse: SettingValue.wholeNumber(1...1_000_000))

    static let trustedProxies = Setting<TrustedProxies>(
        "trusted-proxies",
        "The proxies whose Forwarded or X-Forwarded-For says which address a client has; their own "
            + "connections are not counted by address.",
        allowed: "none, or addresses and networks (192.0.2.0/24) with commas between them",
        default: "none", parse: SettingValue.proxies)

    static let corsOrigins = Setting<CrossOrigins>(
        "cors-origins", "The web origins whose pages may use the API from a browser.",
        allowed: "none, or origins (https://tickets.example.com) with commas between them",
        default: "none", parse: SettingValue.origins)

    static let passwordThreads = Setting<Int>(
        "password-threads",
        "How many passwords are hashed at a time; each takes a core and 32 MiB while it is.",
        allowed: "1 to 64", default: "2", parse: SettingValue.wholeNumber(1...64))

    static let passwordCost = Setting<Int>(
        "password-cost",
        "What is spent on hashing one password: log2 of the rounds of scrypt (r 8, p 3); one more "
            + "doubles it.",
        allowed: "10 to 18", default: "15", parse: SettingValue.wholeNumber(10...18))

    static let organizerEventsMax = Setting<Int>(
        "organizer-events-max", "The most events that are not over of one organizer.",
        allowed: "1 to 1000000", default: "1000", parse: SettingValue.wholeNumber(1...1_000_000))

    static let lineWaitMax = Setting<Duration>(
        "line-wait-max",
        "How long bookings may have to wait in an event's line before further ones are sent away with "
            + "503.",
        allowed: "a time from 1s to 1h", default: "5m",
        parse: SettingValue.duration(.seconds(1)...(.seconds(3600))))

    static let rateLimits = Setting<RateLimitMode>(
        "rate-limits",
        "Whether accounts and addresses that ask for too much are answered with 429; 'observe' counts "
            + "and logs what would be.",
        allowed: RateLimitMode.allCases.map(\.rawValue).joined(separator: ", "), default: "on",
        parse: SettingValue.choice(RateLimitMode.self))

    static let directoryConnections = Setting<Int>(
        "directory-connections",
        "The most connections to the directory database; one of them listens for ended sessions.",
        allowed: "2 to 100", default: "4", parse: SettingValue.wholeNumber(2...100))

    static let shardConnections = Setting<Int>(
        "shard-connections", "The most connections to each shard database.",
        allowed: "3 to 100", default: "4", parse: SettingValue.wholeNumber(3...100))

    // MARK: Running

    static let workerName = Setting<String>(
        "worker-name", "The worker's name in leases and logs; no two living workers may share it.",
        allowed: "1 to 100 letters, digits and . _ : @ -", computed: "host name and process id",
        fallback: { ProcessIdentity.name }, parse: SettingValue.name)

    static let unknownMessages = Setting<UnknownMessagePolicy>(
        "unknown-messages",
        "What a worker does with messages that only another version can read: 'park' leaves them and all "
            + "behind them in their queues, 'bury' puts them among the dead, and their bookings fail.",
        allowed: UnknownMessagePolicy.allCases.map(\.rawValue).joined(separator: ", "),
        default: "park", parse: SettingValue.choice(UnknownMessagePolicy.self))

    static let drainTimeout = Setting<Duration>(
        "drain-timeout", "How long a graceful stop may take before what is left is cut off.",
        allowed: "a time from 1s to 10m", default: "20s",
        parse: SettingValue.duration(.seconds(1)...(.seconds(600))))

    // MARK: Scaling

    static let workersMin = Setting<Int>(
        "workers-min", "The fewest workers that 'scale' keeps.", allowed: "1 to \(shardsMax)",
        default: "1", parse: SettingValue.wholeNumber(1...shardsMax))

    static let workersMax = Setting<Int?>(
        "workers-max", "The most workers that 'scale' keeps; never more than shards.",
        allowed: "1 to \(shardsMax)", computed: "the number of shards", fallback: { nil },
        parse: { text throws(SettingRefusal) in try SettingValue.wholeNumber(1...shardsMax)(text) })

    static let drainTarget = Setting<Duration>(
        "drain-target", "How soon what waits in the queues should be decided.",
        allowed: "a time from 1s to 10m", default: "5s",
        parse: SettingValue.duration(.seconds(1)...(.seconds(600))))

    static let quietPeriod = Setting<Duration>(
        "quiet-period", "How long fewer workers must have been enough before one is stopped.",
        allowed: "a time from 1s to 1h", default: "15s",
        parse: SettingValue.duration(.seconds(1)...(.seconds(3600))))

    static let workerRate = Setting<Int>(
        "worker-rate", "Bookings a second that one worker is taken to decide until it is measured.",
        allowed: "1 to 1000000", default: "2000", parse: SettingValue.wholeNumber(1...1_000_000))

    // MARK: Logging

    static let logLevel = Setting<Logger.Level>(
        "log-level", "What is logged: this level and above.",
        allowed: Logger.Level.allCases.map(\.rawValue).joined(separator: ", "), default: "info",
        parse: SettingValue.choice(Logger.Level.self))

    static let logFormat = Setting<LogFormat>(
        "log-format", "How log lines are written.",
        allowed: LogFormat.allCases.map(\.rawValue).joined(separator: ", "), default: "text",
        parse: SettingValue.choice(LogFormat.self))
}
