import ArgumentParser
import Foundation
import ProtocolModel

/// Explores the protocol at a size of one's own, beyond what the tests do.
@main
struct ModelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model",
        abstract: "Explores every state that the protocol can reach, and checks what it promises.",
        discussion: """
            Each further command, death or repeat multiplies the states by three to ten; a state \
            takes some 50 bytes, those of the last level 400. Build it with optimization:
              swift run -c release model --commands 3 --deaths 2 --freezes 1
            Exit status: 0 all promises are kept, 1 one is broken, 2 the command line cannot be understood,
            3 there were too many states.
            """)

    static func main() {
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch {
            guard exitCode(for: error) == .validationFailure else { exit(withError: error) }
            FileHandle.standardError.write(Data((fullMessage(for: error) + "\n").utf8))
            exit(withError: ExitCode(2))
        }
    }

    @Option(help: "How many bookings are asked for (1 to 7).") var commands = 3
    @Option(
        name: .customLong("request"),
        help: "What a command asks for, instead of --commands: \"hold A\", \"extend B\" and so on.")
    var requests: [String] = []
    @Option(help: "How many units there are to be held (1 or 2).") var stock: UInt8 = 1
    @Option(help: "How far the database's clock goes (1 to 3).")
    var timeMax = Message.tickTimeMax
    @Option(help: "How many workers there are (1 to 3).") var workers = 2
    @Option(help: "How many ingress instances there are (1 or 2).") var ingresses = 1
    @Option(help: "How many messages a consumer may have (1 to 4).") var prefetch: UInt8 = 2
    @Option(help: "How often a worker dies or loses a connection.") var deaths: UInt8 = 0
    @Option(help: "How often a worker freezes.") var freezes: UInt8 = 0
    @Option(help: "How often a publish fails or is not answered.") var failedPublishes: UInt8 = 0
    @Option(help: "How often a client asks again.") var repeats: UInt8 = 0
    @Option(help: "How often the shard is handed over.") var handOvers: UInt8 = 0
    @Option(help: "How often the event is paused.") var pauses: UInt8 = 0
    @Option(help: "How often the broker blocks publishers.") var alarms: UInt8 = 0
    @Option(help: "How often the queue of the closed event is deleted.") var deletions: UInt8 = 0
    @Option(help: "How often a command is given up.") var surrenders: UInt8 = 0
    @Option(help: "A bug to be found, by the name of its case in Variant.") var variant: String?
    @Option(help: "The most states to be visited.") var statesMax = Explorer.statesMax

    /// Twice as many, those that a cancelled consumer leaves included, fill a list of the model.
    private static let prefetchMax = MessageList.countMax / 2

    func validate() throws {
        let sizes = [
            ("--commands", commands, CommandSet.commandsMax),
            ("--workers", workers, ProtocolState.workersMax),
            ("--ingresses", ingresses, ProtocolState.ingressesMax),
            ("--prefetch", Int(prefetch), Self.prefetchMax),
            ("--stock", Int(stock), 2),
            ("--time-max", Int(timeMax), Int(Message.tickTimeMax)),
            ("--states-max", statesMax, Explorer.statesMax),
        ]
        for (name, size, most) in sizes where !(1...most).contains(size) {
            throw ValidationError("\(name) is \(size), and must be from 1 to \(most).")
        }
        for request in requests where Request(request) == nil {
            let known = Request.allCases.map(\.description).joined(separator: ", ")
            throw ValidationError("--request \(request) is none of \(known).")
        }
        guard Set(requests).count == requests.count, requests.count <= CommandSet.besideTicksMax
        else {
            throw ValidationError(
                "--request may be given \(CommandSet.besideTicksMax) times, each time another.")
        }
        if let variant, Variant(rawValue: variant) == nil {
            let names = Variant.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("There is no variant \(variant); there are \(names).")
        }
    }

    func run() throws {
        let start = ContinuousClock.now
        var explorer = Explorer(scenario)
        let exploration = explorer.explore(statesMax: statesMax)
        print(
            "\(exploration.states) states, \(exploration.steps) steps, depth \(exploration.depth),",
            "\(ContinuousClock.now - start)")
        if let counterexample = exploration.counterexample {
            print(counterexample)
            throw ExitCode(1)
        }
        guard exploration.isWhole else {
            print("not all: there are more than \(statesMax) states")
            throw ExitCode(3)
        }
    }

    private var scenario: Scenario {
        Scenario {
            $0.commands = commands
            $0.workers = workers
            $0.ingresses = ingresses
            $0.prefetch = prefetch
            $0.requests = requests.compactMap { Request($0) }
            ($0.stock, $0.timeMax) = (stock, timeMax)
            $0.variant = variant.flatMap(Variant.init(rawValue:))
            $0.allowance = Allowance {
                $0.deaths = deaths
                $0.freezes = freezes
                $0.failedPublishes = failedPublishes
                $0.repeats = repeats
                $0.handOvers = handOvers
                $0.pauses = pauses
                $0.alarms = alarms
                $0.deletions = deletions
                $0.surrenders = surrenders
            }
        }
    }
}
