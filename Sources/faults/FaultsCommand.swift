import ArgumentParser
import FaultPoints
import Foundation

/// `faults`: hurts a running Boxoffice in every way and has a checker judge what it did.
@main
struct FaultsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "faults",
        abstract: "Hurt a running Boxoffice in every way, and check what became of the bookings.",
        discussion: """
            infra/faults builds all that is needed, starts the servers and calls this program.

            Exit status:
              0    nothing was lost, doubled, oversold or reordered; every planted bug was caught
              1    something was, or was not, or the drill could not be done
              2    the command line cannot be understood
              3    nothing was wrong, but a run did not see what it was made for
            """)

    static func main() async {
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            guard exitCode(for: error) == .validationFailure else { exit(withError: error) }
            FileHandle.standardError.write(Data((fullMessage(for: error) + "\n").utf8))
            exit(withError: ExitCode(2))
        }
    }

    @Option(help: "Decides the plan: what goes wrong, where and when.")
    var seed: UInt64?

    @Option(help: "How long the load of a run lasts.")
    var minutes: Double?

    @Option(
        name: .customLong("fault"),
        help: "A fault of the plan, by name; may be repeated. Without it all are dealt at random.")
    var faults: [Fault] = []

    @Option(
        name: .customLong("control"),
        help: "A planted bug that the checker must catch, by name, or 'all'; may be repeated.")
    var controls: [String] = []

    @Flag(help: "Six faults and all controls, in a few minutes.")
    var short = false

    @Flag(help: "List the faults and the planted bugs.")
    var list = false

    @Option(help: "Bookings a second.")
    var rate: Int?

    @Option(help: "Workers, 1 to 4; 3 unless told.")
    var workers: Int?

    @Option(help: "Nodes of the broker; some faults need 3.")
    var brokers = 1

    @Option(help: "The folder of the servers, as infra/services made it.")
    var dir = ".boxoffice/faults"

    @Option(help: "The program 'boxoffice', built with the trait FaultPoints.")
    var program = "boxoffice"

    @Option(
        help: """
            The program of the version before: it takes turns with the other, ingresses first and workers \
            first, and nobody must notice.
            """)
    var before: String?

    @Option(help: "The program infra/services.")
    var services = "infra/services"

    @Option(help: "The first of twelve ports for the programs.")
    var firstPort = 5690

    func validate() throws {
        guard workers.map({ (1...4).contains($0) }) ?? true else {
            throw ValidationError("--workers must be 1 to 4.")
        }
        if short || !controls.isEmpty {
            let ignored = [
                faults.isEmpty ? nil : "--fault", minutes.map { _ in "--minutes" },
                workers.map { _ in "--workers" }, short && !controls.isEmpty ? "--control" : nil,
            ].compactMap(\.self)
            if let option = ignored.first {
                let decider = short ? "--short" : "--control"
                throw ValidationError("\(option) says nothing with \(decider), which decides that.")
            }
        }
        if before != nil, short || !controls.isEmpty || !faults.isEmpty {
            throw ValidationError("--before decides what is done; no --fault, --control, --short.")
        }
        if before == nil, let fault = faults.first(where: \.needsAnotherVersion) {
            throw ValidationError("\(fault.rawValue) needs --before.")
        }
        guard rate.map({ (1...5000).contains($0) }) ?? true else {
            throw ValidationError("--rate must be 1 to 5000.")
        }
        guard minutes.map({ $0 > 0 && $0 <= 600 }) ?? true else {
            throw ValidationError("--minutes must be above 0 and at most 600.")
        }
        if brokers != 3, let fault = faults.first(where: \.needsCluster) {
            throw ValidationError("\(fault.rawValue) needs --brokers 3.")
        }
        for name in controls where name != "all" && Self.controls(named: name).isEmpty {
            throw ValidationError("There is no control '\(name)'; --list tells which there are.")
        }
    }

    func run() async throws {
        let console = Console()
        if list { return console.say(Self.listing) }
        let servers = try Services(
            program: services, folder: URL(filePath: dir, directoryHint: .isDirectory),
            brokers: brokers)
        let setup = try await DrillSetup(
            services: servers, program: program,
            folder: URL(filePath: dir, directoryHint: .isDirectory).appending(path: "runs"),
            firstPort: firstPort, console: console)
        let session = DrillSession(setup: setup, command: self)
        try await session.run()
    }

    /// The controls of that name.
    static func controls(named name: String) -> [Control] {
        Control.all.filter { name == "all" || $0.bug.rawValue == name }
    }

    private static var listing: String {
        let faults = Fault.allCases.map { fault in
            let name = fault.rawValue.padding(toLength: 26, withPad: " ", startingAt: 0)
            return "  \(name)\(fault.summary)\(fault.needsCluster ? " (--brokers 3)" : "")"
        }
        let controls = Control.all.map { "  \($0.bug.rawValue)" }
        return (["Faults"] + faults + ["", "Controls"] + controls).joined(separator: "\n")
    }
}

extension Fault: ExpressibleByArgument {}
