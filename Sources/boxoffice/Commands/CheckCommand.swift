import ArgumentParser
import BookingCheck
import BookingHistory
import Logging
import Postgres

/// `boxoffice check`: judges a run by its history and the final tables.
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check what clients saw of a run against what the databases hold.",
        discussion: """
            Reads run.json and history.jsonl of a folder that a drill wrote, then all logs, bookings \
            and counters of the shard databases, and asks the broker what is left in the queues. It \
            takes nothing on trust: every command of the logs is decided again in the order of its \
            event's line, and every row and answer compared with that. It changes nothing. The workers must \
            have had the time to empty the queues; messages that a worker still holds are not \
            counted.

            Example:
              boxoffice check /tmp/run --broker-url amqp://localhost \\
                --shard-urls postgresql://localhost/shard0,postgresql://localhost/shard1

            Exit status:
              0    every rule holds
              1    a rule does not hold, or the run could not be checked
              2    the command line cannot be understood
              3    the run is void: it did not see what it was made for
              78   the settings cannot be used; every problem is listed
            """)

    @Argument(help: ArgumentHelp("The folder of the run.", valueName: "folder"))
    var folder: String

    @Option(
        name: .customLong("expire-within"),
        help: ArgumentHelp(
            "How long after its time a hold may lapse; without it, any time.",
            valueName: "seconds"))
    var expireWithin: Double?

    @Flag(help: "Write the report as JSON.")
    var json = false

    @OptionGroup(title: "Settings") var shards: ShardFlags
    @OptionGroup(title: "Settings") var broker: BrokerFlags
    @OptionGroup(title: "Settings") var common: CommonFlags

    func validate() throws {
        guard expireWithin.map({ (0...86_400).contains($0) }) ?? true else {
            throw ValidationError("--expire-within must be 0 to 86400.")
        }
    }

    func run() async throws {
        let settings = try CommandLineSettings.read(
            command: "check", line: common.line(with: shards.given + broker.given), log: \.log,
            CheckSettings.init)
        let report = try await report(settings)
        DescriptorOutput.standardOutput.say(json ? try report.json : report.text)
        switch report.verdict {
        case .clean: break
        case .violated: throw ExitCode(ExitStatus.failure.rawValue)
        case .void: throw ExitCode(ExitStatus.void.rawValue)
        }
    }

    private func report(_ settings: CheckSettings) async throws(CommandFailure) -> CheckReport {
        let logger = Logger(label: "boxoffice.check")
        let databases = BookingDatabase.shards(
            settings.shards, application: "boxoffice check", connections: 1, logger: logger)
        let loader = EvidenceLoader(
            folder: RunFolder(folder), shards: databases.map(\.pool), broker: settings.broker,
            logger: logger)
        do throws(CheckError) {
            let evidence = try await loader.load()
            for database in databases { await database.pool.close() }
            return Checker(evidence, expiryMax: expireWithin.map { .seconds($0) }).check()
        } catch {
            throw CommandFailure("the run could not be checked: \(error)")
        }
    }
}
