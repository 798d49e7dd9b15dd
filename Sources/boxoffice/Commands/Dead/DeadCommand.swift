import AMQP
import ArgumentParser
import BookingBroker
import Logging
import Postgres

/// `boxoffice dead`: the messages that nobody could apply.
struct DeadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dead",
        abstract: "Look at the dead letters, replay them, or throw them away.",
        discussion: """
            What a worker cannot apply is put aside in its shard's database: messages that cannot \
            be read, and commands for events that are not in the database. Looking at letters \
            takes nothing away. A letter is named by its id, or by its place in the list, which \
            changes when letters before it go.

            The queue '\(BookingTopology.dead)' has news of the letters, and those that earlier \
            versions, or the broker by a policy, put there; --queue is for these.

            Example:
              boxoffice dead list
            """,
        subcommands: [List.self, Show.self, Replay.self, Discard.self])
}

/// The settings of the commands for dead letters, and where these are.
struct DeadFlags: ParsableArguments {
    @Flag(help: "The letters in the queue 'booking.dead' instead of those in the databases.")
    var queue = false

    @OptionGroup(title: "Settings") var shards: ShardFlags
    @OptionGroup(title: "Settings") var broker: BrokerFlags
    @OptionGroup(title: "Settings") var commands: CommandSecretFlags
    @OptionGroup(title: "Settings") var common: CommonFlags

    /// Gives `body` the letters that are meant, for the subcommand called so.
    func withLetters<Value>(
        for command: String, _ body: (any Graveyard) async throws -> Value
    ) async throws -> Value {
        let settings = try CommandLineSettings.read(
            command: "dead \(command)",
            line: common.line(with: shards.given + broker.given + commands.given),
            log: \.log, DeadSettings.init)
        var configuration = settings.broker
        configuration.connectionName = "boxoffice dead \(command)"
        let logger = Logger(label: "boxoffice.dead")
        let letters = DeadLetterQueue(
            configuration: configuration, authenticator: settings.commands, logger: logger)
        guard !queue else { return try await body(LetterQueue(queue: letters)) }
        let databases = BookingDatabase.shards(
            settings.shards, application: "boxoffice dead \(command)", connections: 1,
            logger: logger)
        let result: Result<Value, any Error>
        do {
            result = .success(
                try await body(LetterTables(databases: databases, queue: letters)))
        } catch { result = .failure(error) }
        for database in databases { await database.pool.close() }
        return try result.get()
    }
}
