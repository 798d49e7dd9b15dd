import BookingLoad
import ChildProcesses
import Foundation
import Logging
import Synchronization

/// The whole system in processes of its own: two ingress instances and a worker, with a database
/// and a broker nobody else uses.
final class TestSystem: Sendable {
    /// A program under test.
    enum Program: Hashable, Sendable, CaseIterable {
        case firstIngress, secondIngress, worker

        var name: String {
            switch self {
            case .firstIngress: "ingress-1"
            case .secondIngress: "ingress-2"
            case .worker: "worker"
            }
        }

        /// Its place among the management addresses.
        var place: Int {
            switch self {
            case .firstIngress: 0
            case .secondIngress: 1
            case .worker: 2
            }
        }
    }

    /// What `/readyz` says.
    struct Readiness: Decodable, Sendable {
        struct Check: Decodable, Sendable {
            let name: String
            let status: String
            let detail: String?
        }

        let status: String
        let checks: [Check]

        /// What is wrong, in words.
        var complaints: [String] {
            checks.filter { $0.status != "healthy" }.map { "\($0.name): \($0.detail ?? "")" }
        }
    }

    let services: PrivateServices
    let database: Database
    let broker: Broker
    /// The public API of both instances.
    let client: BookingClient
    private let management: BookingClient
    private let plantedBug: String?
    private let processes = Mutex<[Program: RunningProcess]>([:])

    /// The most connections a test needs to one instance at the same time.
    private static let connectionsMax = 400
    private static let startMax = Duration.seconds(60)

    /// Where the API of both instances listens.
    var urls: [String] { client.urls }

    private init(
        services: PrivateServices, client: BookingClient, management: BookingClient,
        plantedBug: String?
    ) throws {
        self.services = services
        self.plantedBug = plantedBug
        self.client = client
        self.management = management
        database = Database(services)
        broker = try Broker(services)
    }

    /// Starts everything, with one broker or three and perhaps one of the test build's bugs.
    ///
    /// Lets `body` use it, and ends everything, whatever happens.
    static func with(
        brokers: Int = 1, plantedBug: String? = nil, _ body: (TestSystem) async throws -> Void
    ) async throws {
        let logger = Logger(label: "system-test")
        try await PrivateServices.with(brokers: brokers) { services in
            let ports = Program.allCases.map { port(of: $0, in: services) }
            let urls = ports.compactMap(\.http).map { "http://127.0.0.1:\($0)" }
            let managementURLs = ports.map { "http://127.0.0.1:\($0.management)" }
            try await BookingClient.withClient(
                urls: urls, connections: connectionsMax, logger: logger
            ) { client in
                try await BookingClient.withClient(
                    urls: managementURLs, connections: 4, logger: logger
                ) { management in
                    let system = try TestSystem(
                        services: services, client: client, management: management,
                        plantedBug: plantedBug)
                    try await system.runAll(body)
                }
            }
        }
    }

    private func runAll(_ body: (TestSystem) async throws -> Void) async throws {
        do {
            try await RunningProcess.run(
                [Self.binary, "migrate"], environment: environment(as: .migrate),
                folder: services.folder, within: Self.startMax)
            for program in Program.allCases { try launch(program) }
            for program in Program.allCases { try await waitUntilReady(program) }
            try await body(self)
        } catch {
            for process in processes.withLock({ Array($0.values) }) {
                print("--- the end of the log of \(process.name)\n\(process.lastLines(80))")
            }
            await endAll()
            throw error
        }
        await endAll()
    }

    private func endAll() async {
        for process in processes.withLock({ Array($0.values) }) { await process.end() }
    }

    /// Starts a program that does not run, with further settings.
    func launch(_ program: Program, with settings: [String: String] = [:]) throws {
        let process = try RunningProcess(
            program.name, arguments: [Self.binary, program == .worker ? "work" : "serve"],
            environment: environment(of: program).merging(settings) { _, new in new },
            log: services.folder.appending(path: "\(program.name).log"))
        processes.withLock { $0[program] = process }
        try services.cleanUp.add(process.pid)
    }

    /// Starts a program that does not run, and returns when it is ready.
    func start(_ program: Program) async throws {
        try launch(program)
        try await waitUntilReady(program)
    }

    /// Sends a signal.
    func send(_ signal: Int32, to program: Program) {
        processes.withLock { $0[program] }?.send(signal)
    }

    /// Whether a program that was started has not ended.
    func isRunning(_ program: Program) -> Bool {
        processes.withLock { $0[program] }.map { $0.ended == nil } ?? false
    }

    /// Waits until a program has ended, and tells how.
    @discardableResult
    func waitForEnd(
        of program: Program, within limit: Duration = .seconds(10)
    ) async throws -> RunningProcess.Ending {
        guard let process = processes.withLock({ $0[program] }) else {
            throw TestFailure("\(program.name) was never started")
        }
        let ending = try await process.waitForEnd(within: limit)
        await process.end()
        return ending
    }

    /// Kills a program, with no chance to do anything about it.
    func kill(_ program: Program) async throws {
        send(SIGKILL, to: program)
        try await waitForEnd(of: program)
    }

    /// What a program says of its readiness.
    func readiness(of program: Program) async throws -> Readiness {
        try await management.get("/readyz", from: program.place).decode()
    }

    /// Waits until a program's `/readyz` answers 200.
    func waitUntilReady(_ program: Program) async throws {
        try await eventually("\(program.name) is ready", within: Self.startMax) {
            if let ended = self.processes.withLock({ $0[program]?.ended }) {
                throw TestFailure("\(program.name) ended while it was starting: \(ended)")
            }
            let answer = try? await self.management.get("/readyz", from: program.place)
            return answer?.status == 200
        }
    }

    /// Runs a command of the program to its end, as an operator would; returns what it wrote.
    func operate(_ words: String...) async throws -> String {
        try await RunningProcess.run(
            [Self.binary] + words, environment: environment(as: .operator), folder: services.folder,
            within: .seconds(20))
    }

    /// The program under test, built beside the tests.
    static let binary = URL(filePath: CommandLine.arguments[0])
        .deletingLastPathComponent().appending(path: "boxoffice").path

    private static func port(
        of program: Program, in services: PrivateServices
    ) -> (http: Int?, management: Int) {
        let base = services.portBase + 5
        return program == .worker
            ? (nil, base + 4) : (base + 2 * program.place, base + 2 * program.place + 1)
    }

    private func environment(of program: Program) -> [String: String] {
        var environment = environment(as: program == .worker ? .worker : .ingress)
        let ports = Self.port(of: program, in: services)
        environment["BOXOFFICE_HTTP_PORT"] = ports.http.map(String.init)
        environment["BOXOFFICE_MANAGEMENT_PORT"] = String(ports.management)
        // How long passwords take is not tested here, and a busy machine has no time for it.
        environment["BOXOFFICE_PASSWORD_COST"] = "10"
        return environment
    }

    /// As whom a program uses the servers; each has a file of settings, named so.
    enum Role: String, Sendable {
        case migrate, ingress, worker, `operator`
    }

    /// What every program of a role is given.
    func environment(as role: Role) -> [String: String] {
        var environment = PrivateServices.toolEnvironment
        environment["BOXOFFICE_CONFIG"] =
            services.folder.appending(path: "services/settings/\(role.rawValue).json").path
        environment["BOXOFFICE_PLANTED_BUG"] = plantedBug
        // A backtrace would keep a crashed program for seconds; who looks for a crash may ask for it.
        environment["SWIFT_BACKTRACE"] =
            ProcessInfo.processInfo.environment["SWIFT_BACKTRACE"] ?? "enable=no"
        return environment
    }
}
