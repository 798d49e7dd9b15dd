import AMQP
import BookingKeys
import Postgres

/// Everything `boxoffice shards` has to know.
struct ShardsSettings: Sendable {
    let log: LogSettings
    let directory: PostgresConfiguration
    let shards: [PostgresConfiguration]
    let broker: AMQPConfiguration
    let brokerMetricsURLs: [String]

    init(_ reading: inout SettingReading) throws(SettingsError) {
        let log = LogSettings(&reading)
        let directory = reading.value(of: Settings.directoryURL)
        let shards = reading.value(of: Settings.shardURLs)
        let broker = reading.value(of: Settings.brokerURL)
        let brokerMetricsURLs = reading.value(of: Settings.brokerMetricsURLs)
        try reading.finish()
        guard let log, let directory, let shards, let broker, let brokerMetricsURLs else {
            throw reading.error
        }
        self.log = log
        self.directory = directory
        self.shards = shards
        self.broker = broker
        self.brokerMetricsURLs = brokerMetricsURLs
    }
}

/// Everything `boxoffice pause` and `boxoffice resume` have to know.
struct PauseSettings: Sendable {
    let log: LogSettings
    let shards: [PostgresConfiguration]

    init(_ reading: inout SettingReading) throws(SettingsError) {
        let log = LogSettings(&reading)
        let shards = reading.value(of: Settings.shardURLs)
        try reading.finish()
        guard let log, let shards else { throw reading.error }
        self.log = log
        self.shards = shards
    }
}

/// Everything the commands of `boxoffice dead` have to know.
struct DeadSettings: Sendable {
    let log: LogSettings
    let shards: [PostgresConfiguration]
    let broker: AMQPConfiguration
    let commands: CommandAuthenticator?

    init(_ reading: inout SettingReading) throws(SettingsError) {
        let log = LogSettings(&reading)
        let shards = reading.value(of: Settings.shardURLs)
        let broker = reading.value(of: Settings.brokerURL)
        let commands = reading.value(of: Settings.commandSecrets)
        try reading.finish()
        guard let log, let shards, let broker, let commands else { throw reading.error }
        self.log = log
        self.shards = shards
        self.broker = broker
        self.commands = commands.map(CommandAuthenticator.init)
    }
}
