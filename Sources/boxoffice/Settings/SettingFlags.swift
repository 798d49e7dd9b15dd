import ArgumentParser

/// The flags that every command with settings has, and a net for those that do not exist.
struct CommonFlags: ParsableArguments {
    @Option(
        name: .customLong("config"),
        help: ArgumentHelp(
            "A file of settings: one JSON object, named as the flags are. "
                + "(\(Settings.fileVariable))",
            valueName: "file"))
    var config: String?

    @Option(name: .of(Settings.logLevel), help: .of(Settings.logLevel))
    var logLevel: String?

    @Option(name: .of(Settings.logFormat), help: .of(Settings.logFormat))
    var logFormat: String?

    // Caught here, what is unknown is told together with all other problems.
    @Argument(parsing: .allUnrecognized, help: .hidden)
    var unrecognized: [String] = []

    var given: [GivenFlag] {
        [GivenFlag(Settings.logLevel, logLevel), GivenFlag(Settings.logFormat, logFormat)]
    }
}

/// The flag of the directory database.
struct DirectoryFlags: ParsableArguments {
    @Option(name: .of(Settings.directoryURL), help: .of(Settings.directoryURL))
    var directoryURL: String?

    @Option(name: .ofFile(Settings.directoryURL), help: .ofFile(Settings.directoryURL))
    var directoryURLFile: String?

    var given: [GivenFlag] {
        [
            GivenFlag(Settings.directoryURL, directoryURL),
            GivenFlag(fileOf: Settings.directoryURL, directoryURLFile),
        ]
    }
}

/// The flag of the shard databases.
struct ShardFlags: ParsableArguments {
    @Option(name: .of(Settings.shardURLs), help: .of(Settings.shardURLs))
    var shardURLs: String?

    @Option(name: .ofFile(Settings.shardURLs), help: .ofFile(Settings.shardURLs))
    var shardURLsFile: String?

    var given: [GivenFlag] {
        [
            GivenFlag(Settings.shardURLs, shardURLs),
            GivenFlag(fileOf: Settings.shardURLs, shardURLsFile),
        ]
    }
}

/// The flag of the broker.
struct BrokerFlags: ParsableArguments {
    @Option(name: .of(Settings.brokerURL), help: .of(Settings.brokerURL))
    var brokerURL: String?

    @Option(name: .ofFile(Settings.brokerURL), help: .ofFile(Settings.brokerURL))
    var brokerURLFile: String?

    var given: [GivenFlag] {
        [
            GivenFlag(Settings.brokerURL, brokerURL),
            GivenFlag(fileOf: Settings.brokerURL, brokerURLFile),
        ]
    }
}

/// The flag of what commands are authenticated with.
struct CommandSecretFlags: ParsableArguments {
    @Option(name: .of(Settings.commandSecrets), help: .of(Settings.commandSecrets))
    var commandSecrets: String?

    @Option(name: .ofFile(Settings.commandSecrets), help: .ofFile(Settings.commandSecrets))
    var commandSecretsFile: String?

    var given: [GivenFlag] {
        [
            GivenFlag(Settings.commandSecrets, commandSecrets),
            GivenFlag(fileOf: Settings.commandSecrets, commandSecretsFile),
        ]
    }
}

/// The flag of the brokers' metrics.
struct BrokerMetricsFlags: ParsableArguments {
    @Option(name: .of(Settings.brokerMetricsURLs), help: .of(Settings.brokerMetricsURLs))
    var brokerMetricsURLs: String?

    var given: [GivenFlag] { [GivenFlag(Settings.brokerMetricsURLs, brokerMetricsURLs)] }
}

/// The flags of the worker alone.
struct WorkerFlags: ParsableArguments {
    @Option(name: .of(Settings.workerName), help: .of(Settings.workerName))
    var workerName: String?

    @Option(name: .of(Settings.commandAuthentication), help: .of(Settings.commandAuthentication))
    var commandAuthentication: String?

    var given: [GivenFlag] {
        [
            GivenFlag(Settings.workerName, workerName),
            GivenFlag(Settings.commandAuthentication, commandAuthentication),
        ]
    }
}

/// The flag of a worker that is started by hand.
struct UnknownMessageFlags: ParsableArguments {
    @Option(name: .of(Settings.unknownMessages), help: .of(Settings.unknownMessages))
    var unknownMessages: String?

    var given: [GivenFlag] { [GivenFlag(Settings.unknownMessages, unknownMessages)] }
}

/// The flags of the fleet alone.
struct ScaleFlags: ParsableArguments {
    @Option(
        name: [.customLong("min"), .customLong(Settings.workersMin.description.name)],
        help: .of(Settings.workersMin))
    var workersMin: String?

    @Option(
        name: [.customLong("max"), .customLong(Settings.workersMax.description.name)],
        help: .of(Settings.workersMax))
    var workersMax: String?

    @Option(name: .of(Settings.drainTarget), help: .of(Settings.drainTarget))
    var drainTarget: String?

    @Option(name: .of(Settings.quietPeriod), help: .of(Settings.quietPeriod))
    var quietPeriod: String?

    @Option(name: .of(Settings.workerRate), help: .of(Settings.workerRate))
    var workerRate: String?

    var given: [GivenFlag] {
        [
            GivenFlag(Settings.workersMin, workersMin), GivenFlag(Settings.workersMax, workersMax),
            GivenFlag(Settings.drainTarget, drainTarget),
            GivenFlag(Settings.quietPeriod, quietPeriod),
            GivenFlag(Settings.workerRate, workerRate),
        ]
    }
}

/// The flags of the commands that run until they are stopped.
struct ServiceFlags: ParsableArguments {
    @Option(name: .of(Settings.managementHost), help: .of(Settings.managementHost))
    var managementHost: String?

    @Option(name: .of(Settings.managementPort), help: .of(Settings.managementPort))
    var managementPort: String?

    @Option(name: .of(Settings.shardConnections), help: .of(Settings.shardConnections))
    var shardConnections: String?

    @Option(name: .of(Settings.drainTimeout), help: .of(Settings.drainTimeout))
    var drainTimeout: String?

    var given: [GivenFlag] {
        [
            GivenFlag(Settings.managementHost, managementHost),
            GivenFlag(Settings.managementPort, managementPort),
            GivenFlag(Settings.shardConnections, shardConnections),
            GivenFlag(Settings.drainTimeout, drainTimeout),
        ]
    }
}

/// The flags of the ingress alone.
struct IngressFlags: ParsableArguments {
    @Option(name: .of(Settings.secret), help: .of(Settings.secret))
    var secret: String?

    @Option(name: .ofFile(Settings.secret), help: .ofFile(Settings.secret))
    var secretFile: String?

    @Option(name: .of(Settings.tokenSecrets), help: .of(Settings.tokenSecrets))
    var tokenSecrets: String?

    @Option(name: .ofFile(Settings.tokenSecrets), help: .ofFile(Settings.tokenSecrets))
    var tokenSecretsFile: String?

    @Option(name: .of(Settings.idSecrets), help: .of(Settings.idSecrets))
    var idSecrets: String?

    @Option(name: .ofFile(Settings.idSecrets), help: .ofFile(Settings.idSecrets))
    var idSecretsFile: String?

    @Option(name: .of(Settings.bookingSecret), help: .of(Settings.bookingSecret))
    var bookingSecret: String?

    @Option(name: .ofFile(Settings.bookingSecret), help: .ofFile(Settings.bookingSecret))
    var bookingSecretFile: String?

    @Option(name: .of(Settings.httpHost), help: .of(Settings.httpHost))
    var httpHost: String?

    @Option(name: .of(Settings.httpPort), help: .of(Settings.httpPort))
    var httpPort: String?

    @Option(name: .of(Settings.tokenLifetime), help: .of(Settings.tokenLifetime))
    var tokenLifetime: String?

    @Option(name: .of(Settings.requestTimeout), help: .of(Settings.requestTimeout))
    var requestTimeout: String?

    @Option(name: .of(Settings.httpConnections), help: .of(Settings.httpConnections))
    var httpConnections: String?

    @Option(
        name: .of(Settings.httpConnectionsPerAddress),
        help: .of(Settings.httpConnectionsPerAddress))
    var httpConnectionsPerAddress: String?

    @Option(name: .of(Settings.trustedProxies), help: .of(Settings.trustedProxies))
    var trustedProxies: String?

    @Option(name: .of(Settings.corsOrigins), help: .of(Settings.corsOrigins))
    var corsOrigins: String?

    @Option(name: .of(Settings.passwordThreads), help: .of(Settings.passwordThreads))
    var passwordThreads: String?

    @Option(name: .of(Settings.passwordCost), help: .of(Settings.passwordCost))
    var passwordCost: String?

    @Option(name: .of(Settings.organizerEventsMax), help: .of(Settings.organizerEventsMax))
    var organizerEventsMax: String?

    @Option(name: .of(Settings.lineWaitMax), help: .of(Settings.lineWaitMax))
    var lineWaitMax: String?

    @Option(name: .of(Settings.rateLimits), help: .of(Settings.rateLimits))
    var rateLimits: String?

    @Option(name: .of(Settings.directoryConnections), help: .of(Settings.directoryConnections))
    var directoryConnections: String?

    var given: [GivenFlag] {
        [
            GivenFlag(Settings.secret, secret), GivenFlag(fileOf: Settings.secret, secretFile),
            GivenFlag(Settings.tokenSecrets, tokenSecrets),
            GivenFlag(fileOf: Settings.tokenSecrets, tokenSecretsFile),
            GivenFlag(Settings.idSecrets, idSecrets),
            GivenFlag(fileOf: Settings.idSecrets, idSecretsFile),
            GivenFlag(Settings.bookingSecret, bookingSecret),
            GivenFlag(fileOf: Settings.bookingSecret, bookingSecretFile),
            GivenFlag(Settings.httpHost, httpHost),
            GivenFlag(Settings.httpPort, httpPort),
            GivenFlag(Settings.tokenLifetime, tokenLifetime),
            GivenFlag(Settings.requestTimeout, requestTimeout),
            GivenFlag(Settings.httpConnections, httpConnections),
            GivenFlag(Settings.httpConnectionsPerAddress, httpConnectionsPerAddress),
            GivenFlag(Settings.trustedProxies, trustedProxies),
            GivenFlag(Settings.corsOrigins, corsOrigins),
            GivenFlag(Settings.passwordThreads, passwordThreads),
            GivenFlag(Settings.passwordCost, passwordCost),
            GivenFlag(Settings.organizerEventsMax, organizerEventsMax),
            GivenFlag(Settings.lineWaitMax, lineWaitMax),
            GivenFlag(Settings.rateLimits, rateLimits),
            GivenFlag(Settings.directoryConnections, directoryConnections),
        ]
    }
}

/// The flag of a setting, and its text when it was given.
struct GivenFlag {
    let setting: SettingDescription
    let text: String?

    init<Value>(_ setting: Setting<Value>, _ text: String?) {
        self.setting = setting.description
        self.text = text
    }

    /// The flag that names a file with the setting in it.
    init<Value>(fileOf setting: Setting<Value>, _ path: String?) {
        self.setting = setting.description.file ?? setting.description
        text = path
    }
}

extension CommonFlags {
    /// What the command line says, with `given` being the flags of the command's other groups.
    func line(with others: [GivenFlag]) -> SettingsLine {
        let flags = given + others
        var line = SettingsLine(file: config)
        for flag in flags { line.values[flag.setting.name] = flag.text }
        let known = ["--config", "--help"] + flags.map(\.setting.flag)
        var followsUnknownFlag = false
        for argument in unrecognized {
            if argument.hasPrefix("-"), argument.count > 1 {
                let name = argument.prefix { $0 != "=" }
                line.problems.append(.unknownFlag(String(name), known: known))
                followsUnknownFlag = name.count == argument.count
            } else if followsUnknownFlag {
                // Most likely the value of that flag, and perhaps a secret.
                followsUnknownFlag = false
            } else {
                line.problems.append(.unexpectedArgument(argument))
            }
        }
        return line
    }
}

extension NameSpecification {
    fileprivate static func of<Value>(_ setting: Setting<Value>) -> NameSpecification {
        .customLong(setting.description.name)
    }

    fileprivate static func ofFile<Value>(_ setting: Setting<Value>) -> NameSpecification {
        .customLong("\(setting.description.name)-file")
    }
}

extension ArgumentHelp {
    /// What the setting is, its environment variable, and its default.
    fileprivate static func of<Value>(_ setting: Setting<Value>) -> ArgumentHelp {
        of(setting.description)
    }

    /// The same of the flag that names a file with the setting in it.
    fileprivate static func ofFile<Value>(_ setting: Setting<Value>) -> ArgumentHelp {
        of(setting.description.file ?? setting.description)
    }

    private static func of(_ about: SettingDescription) -> ArgumentHelp {
        let fallback = about.fallback.map { "default: \($0)" } ?? "required"
        return ArgumentHelp(
            "\(about.summary) (\(about.environmentVariable); \(fallback))",
            discussion: "Allowed: \(about.allowed).", valueName: about.valueName)
    }
}

extension SettingDescription {
    /// The last word of the name: what stands between the angle brackets of the help.
    fileprivate var valueName: String {
        name.split(separator: "-").last.map(String.init) ?? name
    }
}
