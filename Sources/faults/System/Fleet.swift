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
        /// Another build of it, which is run first; `nil` in most runs.
        var before: String?
        /// Where logs go, and the folders in which points are armed.
        let folder: URL
        /// The first of the ports the programs listen on.
        let firstPort: Int
        /// Of whoever may do everything, as programs of before were given them.
        let settings: [String: String]
        let roles: [DatabaseRole: [String: String]]
        /// Those planted in all programs.
        let bugs: [String]
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

    /// A program from its start to its end.
    private struct Life {
        /// Unlike the process's id it never comes again.
        let number: Int
        let process: RunningProcess
        let version: Version
    }

    nonisolated let plan: Plan
    private let management: BookingClient
    private var processes: [Program: Life] = [:]
    private var launches = 0
    /// The build that each program is started from; unless told otherwise that of before, if there is one.
    private var versions: [Program: Version] = [:]
    /// The lives of programs that were replaced by another build.
    private var replaced: [(program: Program, life: Life)] = []
    /// What is told of those who ended by themselves and were replaced.
    private var buried: [String] = []
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
        let version = versions[program] ?? (plan.before == nil ? .now : .before)
        let executable =
            switch version {
            case .now: plan.program
            case .before: plan.before ?? plan.program
            }
        let process = try RunningProcess(
            program.name, arguments: [executable] + Self.command(of: program),
            environment: environment(of: program, version: version, faults: faults),
            log: plan.folder.appending(path: "\(program.name).log"))
        launches += 1
        processes[program] = Life(number: launches, process: process, version: version)
    }

    /// Ends a program in order and starts it from another build.
    func replace(_ program: Program, by version: Version) async throws {
        await scrape(program)
        if let life = processes[program] { replaced.append((program, life)) }
        try await stop(program)
        versions[program] = version
        try await start(program)
    }

    /// The programs that did nothing in a life that another build followed.
    var idle: [String] {
        replaced.filter { program, life in
            let counter =
                switch program {
                case .ingress: "boxoffice_bookings_accepted_total"
                case .worker: "boxoffice_decisions_total"
                }
            return metrics.count(counter, in: life.number) == 0
        }.map { "\($0.program.name) of \($0.life.version.words)" }
    }

    /// Starts a program that does not run, and returns when it is ready.
    func start(_ program: Program) async throws {
        try launch(program)
        try await waitUntilReady(program)
    }

    /// Ends a program in order.
    func stop(_ program: Program) async throws {
        try await end(program) { process in
            process.send(SIGTERM)
            try await process.waitForEnd(within: FaultLimits.stopMax)
        }
    }

    /// Kills a program, with no chance to do anything about it.
    func kill(_ program: Program) async throws {
        try await end(program) { await $0.end() }
    }

    /// Ends all workers in order, so that what they hold is in its queues again.
    func stopWorkers() async throws {
        for case .worker(let number) in processes.keys { try await stop(.worker(number)) }
    }

    /// Has a program end in some way, and forgets it once it has ended.
    private func end(
        _ program: Program, _ way: (RunningProcess) async throws -> Void
    ) async throws {
        await scrape(program)
        guard let process = processes[program]?.process else { return }
        if process.ended != nil { bury(process) }
        do {
            try await way(process)
        } catch {
            await process.end()
            if process.ended != nil { processes[program] = nil }
            throw error
        }
        guard process.ended != nil else {
            throw ProcessFailure("\(program.name) does not end")
        }
        processes[program] = nil
    }

    /// Waits until a program has ended: at an armed point, or because it was told to.
    func waitForDeath(of program: Program, within limit: Duration) async throws {
        guard let process = processes[program]?.process else { return }
        try await process.waitForEnd(within: limit)
        processes[program] = nil
    }

    /// Wakes whoever is frozen, starts whoever is missing, and ends whoever is too many.
    func restoreCrew() async throws {
        for process in processes.values.map(\.process) { process.send(SIGCONT) }
        for program in processes.keys where !crew.contains(program) { try await stop(program) }
        for program in crew {
            let process = processes[program]?.process
            if let process, process.ended != nil { bury(process) }
            if process == nil || process?.ended != nil { try launch(program) }
            try await waitUntilReady(program)
        }
    }

    func endAll() async {
        for process in processes.values.map(\.process) { await process.end() }
        processes = [:]
    }

    func waitUntilReady(_ program: Program) async throws {
        try await eventually("\(program.name) is ready", within: FaultLimits.startMax) {
            if let ended = processes[program]?.process.ended {
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

    func send(_ signal: Int32, to program: Program) {
        processes[program]?.process.send(signal)
    }

    /// The process that is a program now; `nil` when it has ended.
    func pid(of program: Program) -> Int32? {
        processes[program].flatMap { $0.process.ended == nil ? $0.process.pid : nil }
    }

    /// Who ended without being told to, with the end of their logs.
    var casualties: [String] {
        buried + processes.values.map(\.process).filter { $0.ended != nil }.map(Self.obituary)
    }

    private func bury(_ process: RunningProcess) { buried.append(Self.obituary(process)) }

    private static func obituary(_ process: RunningProcess) -> String {
        let ending = process.ended.map { "\($0)" } ?? ""
        return "\(process.name) ended by itself, \(ending):\n\(process.lastLines(30))"
    }

    // MARK: Counters

    /// Reads the counters of everybody who answers.
    func scrape() async {
        for program in processes.keys { await scrape(program) }
    }

    private func scrape(_ program: Program) async {
        guard let life = processes[program], life.process.ended == nil else { return }
        let answer = try? await management.send(
            .GET, "/metrics", to: program.place, timeout: .seconds(1))
        guard let answer else { return }
        metrics.take(String(decoding: answer.body, as: UTF8.self), of: life.number)
    }

    var totals: MetricTotals { metrics }

    /// What a program has counted in its present life.
    func count(_ counter: String, of program: Program) -> Int {
        processes[program].map { metrics.count(counter, in: $0.number) } ?? 0
    }

    // MARK: How they are started

    private static func command(of program: Program) -> [String] {
        switch program {
        case .ingress: ["serve"]
        case .worker: ["work"]
        }
    }

    private func environment(
        of program: Program, version: Version, faults: URL
    ) -> [String: String] {
        var environment = Services.toolEnvironment
        let settings =
            switch version {
            case .now: plan.roles[program.role] ?? [:]
            case .before: plan.settings
            }
        environment.merge(settings) { _, new in new }
        if !plan.bugs.isEmpty {
            environment["BOXOFFICE_PLANTED_BUG"] = plan.bugs.joined(separator: ",")
        }
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
        // A backtrace would keep a crashed program for seconds; who looks for a crash may ask for it.
        environment["SWIFT_BACKTRACE"] =
            ProcessInfo.processInfo.environment["SWIFT_BACKTRACE"] ?? "enable=no"
        return environment
    }
}
