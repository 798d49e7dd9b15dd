import AMQP
import ArgumentParser
import BookingScale
import Logging
import Postgres
import JSON

/// `boxoffice shards`: how the shards and their workers stand.
struct ShardsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shards",
        abstract: "Show who serves which shard, what waits, and how fast it is decided.",
        discussion: """
            A shard is served, free, expired (its worker is gone or frozen and nobody has taken it \
            over yet) or paused. 'backlog' counts the messages in the queues of its events, those \
            in a worker's hands included, as the brokers told last, which may be five seconds ago; \
            'rate' the bookings decided a second; 'decided' how long ago the last batch was, and \
            'waited' how long its oldest booking had waited or, when it is longer and something \
            waits still, how long ago that batch was; 'takeovers' the owners that died or froze.

            What does not answer is shown as unknown, and ends the command with status 1.

            Examples:
              boxoffice shards
              boxoffice shards --watch
              boxoffice shards --json

            \(ExitStatus.help)
            """)

    /// Between two readings; the rate is measured over it.
    private static let interval = Duration.seconds(1)

    @Flag(help: "Write JSON instead of tables, one object a line.")
    var json = false

    @Flag(help: "Show it again every second, until interrupted.")
    var watch = false

    @OptionGroup(title: "Settings") var directory: DirectoryFlags
    @OptionGroup(title: "Settings") var shards: ShardFlags
    @OptionGroup(title: "Settings") var broker: BrokerFlags
    @OptionGroup(title: "Settings") var metrics: BrokerMetricsFlags
    @OptionGroup(title: "Settings") var common: CommonFlags

    func run() async throws {
        let given = directory.given + shards.given + broker.given + metrics.given
        let settings = try CommandLineSettings.read(
            command: "shards", line: common.line(with: given), log: \.log, ShardsSettings.init)
        // What cannot be reached is told in the report, and not in the log as well.
        var logger = Logger(label: "boxoffice.shards")
        if logger.logLevel > .debug { logger.logLevel = .critical }
        let databases =
            [
                BookingDatabase.directory(
                    settings.directory, application: "boxoffice shards", connections: 1,
                    logger: logger)
            ]
            + BookingDatabase.shards(
                settings.shards, application: "boxoffice shards", connections: 1, logger: logger)
        let isComplete = try await BrokerReader.withReader(
            nodes: settings.brokerMetricsURLs, virtualHost: settings.broker.virtualHost,
            logger: logger
        ) { broker in
            try await show(
                ShardsReader(
                    directory: databases[0], shards: Array(databases.dropFirst()), broker: broker))
        }
        for database in databases { await database.pool.close() }
        if !isComplete { throw ExitCode(ExitStatus.failure.rawValue) }
    }

    /// Prints what is read, once or for ever, and returns whether everything could be read.
    private func show(_ reader: ShardsReader) async throws -> Bool {
        var earlier = await reader.read()
        while true {
            try await Task.sleep(for: Self.interval)
            let reading = await reader.read()
            let report = ShardsReport(reading, since: earlier)
            show(report)
            guard watch else { return !report.isIncomplete }
            earlier = reading
        }
    }

    private func show(_ report: ShardsReport) {
        let output = DescriptorOutput.standardOutput
        guard !json else {
            output.say(String(decoding: report.json.rendered, as: UTF8.self))
            return
        }
        guard watch else {
            output.write(report.text)
            return
        }
        // A terminal is wiped; in a file the reports stand one below the other.
        let wipe = "\u{1B}[H\u{1B}[2J"
        output.say((output.isTerminal ? wipe : "") + report.text)
    }
}
