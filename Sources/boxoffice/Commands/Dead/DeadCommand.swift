import AMQP
import ArgumentParser
import BookingBroker
import Logging

/// `boxoffice dead`: the messages that nobody could apply.
struct DeadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dead",
        abstract: "Look at the dead letters, replay them, or throw them away.",
        discussion: """
            What a worker cannot apply, and what the broker has delivered too often, is put aside \
            in the queue '\(BookingTopology.dead)': messages that cannot be read, and commands for \
            events that are not in the database. Looking at letters takes nothing away. A letter \
            is named by its id, or by its place in the queue, which changes when letters before \
            it go.

            Example:
              boxoffice dead list
            """,
        subcommands: [List.self, Show.self, Replay.self, Discard.self])
}

/// The settings of the commands for dead letters, and what these do with them.
struct DeadFlags: ParsableArguments {
    @OptionGroup(title: "Settings") var broker: BrokerFlags
    @OptionGroup(title: "Settings") var common: CommonFlags

    /// The queue of the dead, for the subcommand called so.
    func queue(for command: String) throws(SettingsError) -> DeadLetterQueue {
        let settings = try CommandLineSettings.read(
            command: "dead \(command)", line: common.line(with: broker.given), log: \.log,
            DeadSettings.init)
        var configuration = settings.broker
        configuration.connectionName = "boxoffice dead \(command)"
        return DeadLetterQueue(
            configuration: configuration, logger: Logger(label: "boxoffice.dead"))
    }

    /// What `body` gives; why it could not, in words for the operator.
    func asking<Value>(
        _ body: () async throws(BrokerError) -> Value
    ) async throws(CommandFailure) -> Value {
        do throws(BrokerError) { return try await body() } catch {
            throw CommandFailure("the broker: \(error.message)")
        }
    }
}
