import BookingTestSupport
import Foundation
import Logging
import ServiceLifecycle
import Testing

@testable import BookingScale

@Suite("The fleet's processes", .timeLimit(.minutes(1)))
struct FleetServiceTests {
    /// A worker that writes its number and process id down, and ends as one does: when it is asked
    /// to, or when its standard input ends.
    private static let worker = """
        echo "$NUMBER $$" >>"$FILE"
        trap 'echo "$NUMBER asked" >>"$FILE"; exit 0' TERM
        while read -r -t 0.05 _ || (($? > 128)); do :; done
        """

    /// A fleet of shell scripts, and the file they write to.
    private struct Fleet {
        let service: FleetService
        let file: URL

        init(script: String, stopMax: Duration = .seconds(10)) throws {
            file = Self.newFile
            service = try FleetService(
                workersMax: 3, command: Self.command(script: script, file: file),
                stopMax: stopMax, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        }

        static var newFile: URL {
            FileManager.default.temporaryDirectory.appending(path: "fleet-\(UUID().uuidString)")
        }

        static func command(script: String, file: URL) -> WorkerCommand {
            WorkerCommand(
                executable: "/bin/bash", arguments: ["-c", script],
                environment: { number in
                    ["NUMBER": "\(number)", "FILE": file.path, "PATH": "/usr/bin:/bin"]
                })
        }

        /// What the workers wrote, a line each, as words.
        var lines: [[String]] {
            let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
            return text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        }

        /// The process ids that a worker has had.
        func pids(of number: Int) -> [pid_t] {
            lines.filter { $0[0] == "\(number)" }.compactMap { pid_t($0[1]) }
        }

        /// Runs the fleet during `body`, then ends it gracefully.
        func run(_ body: () async throws -> Void) async throws {
            let group = ServiceGroup(
                services: [service], logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await group.run() }
                let outcome: Result<Void, any Error>
                do { outcome = .success(try await body()) } catch { outcome = .failure(error) }
                await group.triggerGracefulShutdown()
                try await tasks.waitForAll()
                try FileManager.default.removeItem(at: file)
                try outcome.get()
            }
        }
    }

    private func isAlive(_ pid: pid_t) -> Bool { kill(pid, 0) == 0 }

    @Test("As many run as are wanted, the highest numbers go first, and all end with the fleet")
    func count() async throws {
        let fleet = try Fleet(script: Self.worker)
        var pids: [pid_t] = []
        try await fleet.run {
            fleet.service.want(3)
            try await eventually("three run") {
                (1...3).allSatisfy { fleet.pids(of: $0).count == 1 }
            }
            #expect(fleet.service.running == 3)
            pids = (1...3).flatMap(fleet.pids)
            fleet.service.want(1)
            #expect(fleet.service.running == 1)
            try await eventually("two end") { !isAlive(pids[1]) && !isAlive(pids[2]) }
            #expect(isAlive(pids[0]))
            #expect(fleet.lines.contains(["3", "asked"]))
            fleet.service.want(2)
            try await eventually("the second is back") { fleet.pids(of: 2).count == 2 }
            pids += fleet.pids(of: 2)
        }
        #expect(!pids.contains(where: isAlive))
        // Too late: nobody is started any more.
        fleet.service.want(3)
        #expect(fleet.service.running == 0)
    }

    @Test("Who is killed is started again, after a wait since it lived so short")
    func restart() async throws {
        let fleet = try Fleet(script: Self.worker)
        try await fleet.run {
            fleet.service.want(1)
            try await eventually("it runs") { fleet.pids(of: 1).count == 1 }
            let died = ContinuousClock.now
            kill(fleet.pids(of: 1)[0], SIGKILL)
            try await eventually("it runs again") { fleet.pids(of: 1).count == 2 }
            #expect(died.duration(to: .now) >= ScaleLimits.restartDelayMin)
        }
    }

    @Test("Who does not end when asked is killed when its time is over")
    func stubborn() async throws {
        let script = #"trap "" TERM; echo "$NUMBER $$" >>"$FILE"; while :; do sleep 0.05; done"#
        let fleet = try Fleet(script: script, stopMax: .milliseconds(300))
        var pid: pid_t = 0
        try await fleet.run {
            fleet.service.want(1)
            try await eventually("it runs") { fleet.pids(of: 1).count == 1 }
            pid = fleet.pids(of: 1)[0]
        }
        #expect(!isAlive(pid))
    }

    @Test("A fleet that is cancelled kills what still runs")
    func cancelled() async throws {
        let fleet = try Fleet(script: Self.worker)
        fleet.service.want(1)
        let task = Task { try await fleet.service.run() }
        try await eventually("it runs") { fleet.pids(of: 1).count == 1 }
        task.cancel()
        try await task.value
        let pid = fleet.pids(of: 1)[0]
        // It is still ours to reap, and so still there, but as a zombie.
        var status: Int32 = 0
        #expect(waitpid(pid, &status, 0) == pid)
        #expect(ProcessEnding(waitStatus: status) == .killed(bySignal: SIGKILL))
        try FileManager.default.removeItem(at: fleet.file)
    }

    @Test("When whoever started it is gone, a worker's input ends, and so does the worker")
    func lifeline() async throws {
        let file = Fleet.newFile
        var launcher: WorkerLauncher? = try WorkerLauncher(
            Fleet.command(script: Self.worker, file: file))
        let pid = try #require(try launcher?.start(1))
        var text: String { (try? String(contentsOf: file, encoding: .utf8)) ?? "" }
        try await eventually("it runs") { text.contains("1 \(pid)\n") }
        #expect(launcher?.ending(of: pid) == nil)
        launcher = nil
        var status: Int32 = 0
        #expect(waitpid(pid, &status, 0) == pid)
        #expect(ProcessEnding(waitStatus: status) == .exited(0))
        try FileManager.default.removeItem(at: file)
    }

    @Test("A program that is not there is an error each time, and the fleet goes on")
    func missing() throws {
        let launcher = try WorkerLauncher(
            WorkerCommand(executable: "/nonexistent", arguments: [], environment: { _ in [:] }))
        let error = #expect(throws: LaunchError.self) { try launcher.start(1) }
        #expect(error?.description == "/nonexistent cannot be run: No such file or directory")
        #expect(launcher.ending(of: 1) == .killed(bySignal: SIGKILL), "no child of ours")
    }

    @Test("How a process ended is told")
    func endings() {
        #expect(ProcessEnding(waitStatus: 3 << 8) == .exited(3))
        #expect(ProcessEnding(waitStatus: 9) == .killed(bySignal: 9))
        #expect("\(ProcessEnding(waitStatus: 9))" == "signal 9")
        #expect("\(ProcessEnding(waitStatus: 0))" == "exit status 0")
    }
}
