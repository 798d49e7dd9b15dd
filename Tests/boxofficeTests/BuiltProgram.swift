import Foundation
import Synchronization
import Testing

/// The program as it was built together with these tests, run as a process.
struct BuiltProgram {
    /// How a run ended and what it said.
    struct Run {
        let status: Int32
        let output: String
        let error: String
    }

    /// Where the program is: what `BOXOFFICE_BIN` says, or else the directory that holds these
    /// tests, since `swift test` builds both into the same one.
    static func path() throws -> String {
        if let path = ProcessInfo.processInfo.environment["BOXOFFICE_BIN"] { return path }
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let path = URL(filePath: tests).deletingLastPathComponent()
            .appending(path: "boxoffice").path
        try #require(
            FileManager.default.isExecutableFile(atPath: path), "there is no program at \(path)")
        return path
    }

    /// Runs the program to its end with nothing but these arguments and environment variables.
    static func run(
        _ arguments: [String], environment: [String: String] = [:]
    ) async throws -> Run {
        try await start(arguments, environment: environment) { $0 }.run
    }

    /// Runs the program, or another executable that becomes it, lets `body` watch it, and waits for its
    /// end.
    static func start<Result>(
        _ arguments: [String], environment: [String: String] = [:], executable: String? = nil,
        _ body: (RunningProgram) async throws -> Result
    ) async throws -> (result: Result, run: Run) {
        let program = try RunningProgram(
            path: executable ?? path(), arguments: arguments, environment: environment)
        do {
            let result = try await body(program)
            return (result, try await program.end())
        } catch {
            program.kill()
            _ = try? await program.end()
            throw error
        }
    }
}

/// A program that runs, with its output going to files of its own.
final class RunningProgram: Sendable {
    /// How long a program may take to end, or to say what is waited for.
    static let patience = Duration.seconds(30)

    private let process: Process
    private let directory: URL
    private let ended: AsyncStream<Void>

    fileprivate init(path: String, arguments: [String], environment: [String: String]) throws {
        directory = FileManager.default.temporaryDirectory
            .appending(path: "boxoffice-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        for name in ["output", "error"] {
            _ = FileManager.default.createFile(
                atPath: directory.appending(path: name).path, contents: nil)
        }
        process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        process.environment = environment
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: directory.appending(path: "output"))
        process.standardError = try FileHandle(forWritingTo: directory.appending(path: "error"))
        let (ended, ending) = AsyncStream.makeStream(of: Void.self)
        self.ended = ended
        process.terminationHandler = { _ in ending.finish() }
        try process.run()
    }

    var output: String { text("output") }
    var error: String { text("error") }

    func send(_ signal: Int32) { Foundation.kill(process.processIdentifier, signal) }

    func kill() { send(SIGKILL) }

    /// Sends a signal that ends the program, and returns how long it took until it was gone.
    ///
    /// On a thread of its own, for the other tests keep those of Swift busy.
    func timeToEnd(by number: Int32) async -> Duration {
        let pid = process.processIdentifier
        return await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                let start = ContinuousClock.now
                Foundation.kill(pid, number)
                var info = siginfo_t()
                // Its status is left for whoever started it.
                waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT)
                continuation.resume(returning: ContinuousClock.now - start)
            }
        }
    }

    /// Waits until standard error has a match, and returns what it captured.
    func capture(_ pattern: Regex<(Substring, Substring)>) async throws -> String {
        let deadline = ContinuousClock.now + Self.patience
        while ContinuousClock.now < deadline {
            if let match = try pattern.firstMatch(in: error) { return String(match.output.1) }
            try #require(process.isRunning, "it ended: \(error)")
            try await Task.sleep(for: .milliseconds(20))
        }
        throw NeverSaid(error: error)
    }

    fileprivate func end() async throws -> BuiltProgram.Run {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { for await _ in self.ended {} }
            group.addTask {
                try await Task.sleep(for: Self.patience)
                self.kill()
            }
            try await group.next()
            group.cancelAll()
        }
        defer { try? FileManager.default.removeItem(at: directory) }
        process.waitUntilExit()
        return BuiltProgram.Run(
            status: process.terminationStatus, output: output, error: error)
    }

    private func text(_ name: String) -> String {
        let data = try? Data(contentsOf: directory.appending(path: name))
        return String(decoding: data ?? Data(), as: UTF8.self)
    }
}

struct NeverSaid: Error {
    let error: String
}

/// Asks a server on this machine, and returns status line, headers and body.
func curl(_ port: String, _ path: String) async throws -> String {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/curl")
    process.arguments = ["-sS", "-i", "-m", "10", "http://127.0.0.1:\(port)/\(path)"]
    process.standardOutput = pipe
    return try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread {
            continuation.resume(
                with: Result {
                    try process.run()
                    let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
                    process.waitUntilExit()
                    return String(decoding: data, as: UTF8.self)
                })
        }
    }
}
