import BookingLoad
import ChildProcesses
import Foundation
import NIOHTTP1

/// The processes under test: two ingress instances and some workers.
actor Fleet {
    /// Where everything is that the processes need.
    struct Plan: Sendable {
        /// The program `boxoffice`.
        let program: String
        /// Where logs go, and the folders in which points are armed.
        let folder: URL
        /// The first of the ports the programs listen on.
        let firstPort: Int
        let settings: [String: String]
        /// The wanted number of workers.
        let workers: Int

        var urls: [String] {
            (0..<Program.ingressCount).map { "http://127.0.0.1:\(firstPort + $0)" }
        }

        var managementURLs: [String] {
            (0..<(Program.ingressCount + FaultLimits.workersMax)).map {
                "http://127.0.0.1:\(firstPort + Program.ingressCount + $0)"
            }
        }

        /// The folder in which points of a program are armed.
        func faults(of program: Program) -> URL {
            folder.appending(path: "faults").appending(path: program.name)
        }
    }

    nonisolated let plan: Plan
    private let management: BookingClient
    private var processes: [Program: RunningProcess] = [:]
    private var metrics = MetricTotals()

    init(_ plan: Plan, management: BookingClient) {
        self.plan = plan
        self.management = management
    }

    /// The programs the run should have.
    nonisolated var crew: [Program] {
        (1...Program.ingressCount).map { .ingress($0) } + (1...plan.workers).map { .worker($0) }
    }

    // MARK: Life and death

    func startCrew() async throws {
        for program in crew { try launch(program) }
        for program in crew { try await waitUntilReady(program) }
    }

    /// Starts a program that does not run.
    func launch(_ program: Program) throws {
        let faults = plan.faults(of: program)
        try FileManager.default.createDirectory(at: faults, withIntermediateDirectories: true)
        processes[program] = try RunningProcess(
            program.name, arguments: [plan.program] + Self.command(of: program),
            environment: environment(of: program, faults: faults),
            log: plan.folder.appending(path: "\(program.name).log"))
    }

    /// Starts a program that does not run, and returns when it is ready.
    func start(_ program: Program) async throws {
        try launch(program)
        try await waitUntilReady(program)
    }

    /// Ends a program in order.
    func stop(_ program: Program) async throws {
        try await scrape(program)
        guard let process = processes.removeValue(forKey: program) else { return }
        process.send(SIGTERM)
        try await process.waitForEnd(within: FaultLimits.stopMax)
        await process.end()
    }

    /// Kills a program, with no chance to do anything about it.
    func kill(_ program: Program) async throws {
        try await scrape(program)
        guard let process = processes.removeValue(forKey: program) else { return }
        await process.end()
    }

    /// Waits until a program has killed itself at an armed point.
    func waitForDeath(of program: Program, within limit: Duration) async throws {
        guard let process = processes[program] else { return }
        try await process.waitForEnd(within: limit)
        await process.end()
        processes[program] = nil
    }

    func endAll() async {
        for process in processes.values { await process.end() }
        processes = [:]
    }

    func waitUntilReady(_ program: Program) async throws {
        try await eventually("\(program.name) is ready", within: FaultLimits.startMax) {
            if let ended = processes[program]?.ended {
                throw ProcessFailure("\(program.name) ended while it was starting: \(ended)")
            }
            let answer = try? await management.get("/readyz", from: program.place)
            return answer?.status == 200
        }
    }

    /// Waits until everybody who runs is ready.
    func waitUntilAllReady() async throws {
        for program in processes.keys { try await waitUntilReady(program) }
    }

    func send(_ signal: Int32, to program: Program) { processes[program]?.send(signal) }

    /// The process that is a program now.
    func pid(of program: Program) -> Int32? { processes[program]?.pid }

    /// Who ended without being told to, with the end of their logs.
    var casualties: [String] {
        processes.values.filter { $0.ended != nil }.map { process in
            let ending = process.ended.map { "\($0)" } ?? ""
            return "\(process.name) ended by itself, \(ending):\n\(process.lastLines(30))"
        }
    }

    // MARK: Counters

    /// Reads the counters of everybody who answers.
    func scrape() async {
        for program in processes.keys { try? await scrape(program) }
    }

    private func scrape(_ program: Program) async throws {
        guard let process = processes[program] else { return }
        let answer = try? await management.send(
            .GET, "/metrics", to: program.place, timeout: .seconds(1))
        guard let answer else { return }
        metrics.take(String(decoding: answer.body, as: UTF8.self), of: process.pid)
    }

    var totals: MetricTotals { metrics }

    // MARK: How they are started

    private static func command(of program: Program) -> [String] {
        switch program {
        case .ingress: ["serve"]
        case .worker: ["work"]
        }
    }

    private func environment(of program: Program, faults: URL) -> [String: String] {
        var environment = Services.toolEnvironment
        environment.merge(plan.settings) { _, new in new }
        let managementPort = plan.firstPort + Program.ingressCount + program.place
        environment["BOXOFFICE_MANAGEMENT_PORT"] = "\(managementPort)"
        environment["BOXOFFICE_FAULTS_DIR"] = faults.path
        switch program {
        case .ingress(let number):
            environment["BOXOFFICE_HTTP_PORT"] = "\(plan.firstPort + number - 1)"
            // Accounts are made by the hundred here, and guard nothing.
            environment["BOXOFFICE_PASSWORD_COST"] = "10"
        case .worker: environment["BOXOFFICE_WORKER_NAME"] = program.name
        }
        // Should it crash, the end of its log shows where.
        environment["SWIFT_BACKTRACE"] = "threads=crashed,registers=none,images=none,color=no"
        return environment
    }
}
