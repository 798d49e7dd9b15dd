import ChildProcesses
import Foundation

/// Ends what a test started and deletes its folder, in a process of its own: so it happens even when
/// the test process is killed.
///
/// That process reads from a pipe which only the test process writes to. Whether the test is done or
/// dead, the pipe ends, and the cleaning begins.
final class CleanUp: Sendable {
    private let process: RunningProcess
    private let end: FileHandle
    private let folder: URL

    /// Pids of programs, one a line; they carry the folder's name in their environment.
    private static let pidFile = "pids"
    private static let limit = Duration.seconds(60)

    /// Nothing in the folder is needed any more, so the servers are killed, which is quicker.
    private static let script = """
        read -r _
        for pid in $(cat "$1/\(pidFile)"); do
            grep -qzF "BOXOFFICE_TEST_SERVICES_DIR=$1/" "/proc/$pid/environ" && kill -KILL "$pid"
        done
        "$2" kill postgres --quiet --dir "$1/services"
        "$2" kill broker --quiet --dir "$1/services"
        "$2" stop --quiet --dir "$1/services" && rm -rf -- "$1"
        """

    /// Stands by to clean up `folder`, where `services` keeps servers.
    init(folder: URL, services: URL) throws {
        self.folder = folder
        try Data().write(to: folder.appending(path: Self.pidFile))
        let pipe = Pipe()
        end = pipe.fileHandleForWriting
        // No other program may hold the pipe open.
        guard fcntl(end.fileDescriptor, F_SETFD, FD_CLOEXEC) == 0 else {
            throw TestFailure("the pipe cannot be kept from other programs: errno \(errno)")
        }
        process = try RunningProcess(
            "clean-up",
            // A session of its own: what ends the tests must not end this.
            arguments: [
                "setsid", "bash", "-c", Self.script, "clean-up", folder.path, services.path,
            ],
            environment: PrivateServices.toolEnvironment,
            log: folder.appending(path: "clean-up.log"), input: pipe.fileHandleForReading)
        try pipe.fileHandleForReading.close()
    }

    /// Sees to it that the program ends with the test.
    func add(_ pid: pid_t) throws {
        let file = try FileHandle(forWritingTo: folder.appending(path: Self.pidFile))
        try file.seekToEnd()
        try file.write(contentsOf: Data("\(pid)\n".utf8))
        try file.close()
    }

    /// Cleans up, and returns when all is gone.
    func run() async throws {
        try end.close()
        try await process.waitForEnd(within: Self.limit)
        guard !FileManager.default.fileExists(atPath: folder.path) else {
            throw TestFailure("could not clean up \(folder.path): \(process.lastLines(10))")
        }
    }
}
