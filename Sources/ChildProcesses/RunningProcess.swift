package import Foundation
import Synchronization

/// A program that was started, with its output in a file.
///
/// Whoever starts one calls ``end()``; one that must end even when its starter is killed needs
/// somebody else to see to that.
package final class RunningProcess: Sendable {
    /// How a program ended.
    package enum Ending: Hashable, Sendable {
        case exited(Int32)
        case killed(bySignal: Int32)
    }

    package let name: String
    package let pid: pid_t
    private let log: URL
    private let ending: EndingBox
    private let process: Mutex<Process>

    private final class EndingBox: Sendable {
        let value = Mutex<Ending?>(nil)
    }

    /// Starts `arguments[0]`, found in the `PATH`, with just this environment; output is added to
    /// the file at `log`, or what is no error to the one at `output`.
    package init(
        _ name: String, arguments: [String], environment: [String: String], log: URL,
        output result: URL? = nil, input: FileHandle = .nullDevice
    ) throws {
        self.name = name
        self.log = log
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = arguments
        process.environment = environment
        let errors = try Self.handle(addingTo: log)
        let output = try result.map(Self.handle) ?? errors
        process.standardInput = input
        process.standardOutput = output
        process.standardError = errors
        let ending = EndingBox()
        process.terminationHandler = { process in
            let status = process.terminationStatus
            ending.value.withLock {
                $0 =
                    process.terminationReason == .exit
                    ? .exited(status) : .killed(bySignal: status)
            }
        }
        try process.run()
        try output.close()
        if result != nil { try errors.close() }
        pid = process.processIdentifier
        self.ending = ending
        self.process = Mutex(process)
    }

    private static func handle(addingTo file: URL) throws -> FileHandle {
        if !FileManager.default.fileExists(atPath: file.path) { try Data().write(to: file) }
        let handle = try FileHandle(forWritingTo: file)
        try handle.seekToEnd()
        return handle
    }

    /// How it ended; `nil` while it runs.
    package var ended: Ending? { ending.value.withLock { $0 } }

    package func send(_ signal: Int32) {
        if ended == nil { kill(pid, signal) }
    }

    /// Waits until it has ended; throws ``ProcessFailure`` if that takes longer than `limit`.
    @discardableResult
    package func waitForEnd(within limit: Duration) async throws -> Ending {
        try await eventually("\(name) has ended", within: limit) { self.ended }
    }

    /// Kills it, if it still runs, and waits for its end.
    package func end() async {
        send(SIGKILL)
        _ = try? await waitForEnd(within: .seconds(10))
    }

    /// The last lines of its output.
    package func lastLines(_ count: Int) -> String {
        let text = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").suffix(count).joined(separator: "\n")
    }

    /// Runs a program to its end and returns what it wrote; throws unless it exits with 0.
    @discardableResult
    package static func run(
        _ arguments: [String], environment: [String: String], folder: URL, within limit: Duration
    ) async throws -> String {
        let log = folder.appending(path: "output-\(UUID().uuidString).log")
        defer { try? FileManager.default.removeItem(at: log) }
        let process = try RunningProcess(
            arguments[0], arguments: arguments, environment: environment, log: log)
        do {
            let ending = try await process.waitForEnd(within: limit)
            await process.end()
            let output = try String(contentsOf: log, encoding: .utf8)
            guard ending == .exited(0) else {
                throw ProcessFailure("\(arguments.prefix(2)) ended with \(ending): \(output)")
            }
            return output
        } catch {
            await process.end()
            throw error
        }
    }
}
