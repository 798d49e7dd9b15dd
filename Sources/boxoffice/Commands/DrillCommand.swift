import ArgumentParser
import BookingLoad
import FoundationEssentials
import Logging

/// `boxoffice drill`: buyers against a running system.
struct DrillCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drill",
        abstract: "Let buyers loose on a running Boxoffice and check what each of them got.",
        discussion: """
            Creates an event over the public API, lets all buyers book at the same instant, and \
            checks the outcomes: how many were confirmed and sold out, whether anything was \
            oversold or lost, and whether the order of the line was kept. It reads no settings, \
            only its flags.

            Examples:
              boxoffice drill --seats 10 --buyers 50
              boxoffice drill --url http://127.0.0.1:8080 --url http://127.0.0.1:8090 --rounds 200
              boxoffice drill --baskets 15 --seats 10 --buyers 50
              boxoffice drill --same-key 100
              boxoffice drill --latency 500

            Exit status:
              0    everything was as it must be
              1    something was wrong, or the drill could not be done
              2    the command line cannot be understood
            """)

    @Option(name: .customLong("url"), help: "An ingress to send to; may be repeated.")
    var urls: [String] = []

    @Option(help: "Places to sell; with --baskets those of the first ticket type.")
    var seats = 10

    @Option(help: "Buyers, each of whom books once a round.")
    var buyers = 50

    @Option(help: "How often to do it, with a new event each time.")
    var rounds = 1

    @Option(
        help: ArgumentHelp(
            "Sell two ticket types, this many places of the second; every buyer wants one of each.",
            valueName: "seats"))
    var baskets: Int?

    @Option(
        help: ArgumentHelp(
            "Send one booking this many times at once under one Idempotency-Key.",
            valueName: "copies"))
    var sameKey: Int?

    @Option(
        help: ArgumentHelp(
            "Book this many times, one after the other; buyers take turns.", valueName: "bookings"))
    var latency: Int?

    @Option(help: "Seconds over which a round's requests set out; 0 for all at once.")
    var spread = 0.0

    @Option(help: "Seconds to ask for with 'Prefer: wait'; 0 to poll instead.")
    var wait = 30

    @Option(help: "Seconds after which a booking without an outcome counts as lost.")
    var patience = 60.0

    func validate() throws {
        guard [baskets, sameKey, latency].compactMap({ $0 }).count <= 1 else {
            throw ValidationError("Only one of --baskets, --same-key and --latency can be given.")
        }
        let problems = drillConfiguration.problems
        guard problems.isEmpty else {
            throw ValidationError(problems.joined(separator: "\n"))
        }
    }

    func run() async throws {
        LogSettings(level: .warning, format: .text).bootstrap(
            environment: ProcessInfo.processInfo.environment)
        let output = DescriptorOutput.standardOutput
        let drill = Drill(drillConfiguration, logger: Logger(label: "boxoffice.drill"))
        let report: DrillReport
        do {
            report = try await drill.run { output.say($0) }
        } catch {
            throw CommandFailure("the drill could not be done: \(error)")
        }
        output.say(report.text)
        if !report.isClean { throw ExitCode(ExitStatus.failure.rawValue) }
    }

    private var drillConfiguration: DrillConfiguration {
        DrillConfiguration(
            urls: urls.isEmpty ? ["http://127.0.0.1:8080"] : urls, mode: mode, seats: seats,
            buyers: buyers, rounds: rounds, spread: .seconds(spread), waitSeconds: wait,
            patience: .seconds(patience))
    }

    private var mode: DrillMode {
        if let baskets { return .baskets(secondSeats: baskets) }
        if let sameKey { return .sameKey(copies: sameKey) }
        if let latency { return .latency(bookings: latency) }
        return .rush
    }
}
