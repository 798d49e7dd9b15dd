#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// How a worker process is started.
package struct WorkerCommand: Sendable {
    /// The program's path.
    let executable: String
    /// What follows its name.
    let arguments: [String]
    /// The environment of the worker with that number, counted from one.
    let environment: @Sendable (Int) -> [String: String]

    package init(
        executable: String, arguments: [String],
        environment: @escaping @Sendable (Int) -> [String: String]
    ) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
    }
}

/// How a process ended.
enum ProcessEnding: Hashable, Sendable, CustomStringConvertible {
    case exited(Int32)
    case killed(bySignal: Int32)

    /// From what `waitpid` tells of a process that has ended.
    init(waitStatus status: Int32) {
        let signal = status & 0x7F
        self = signal == 0 ? .exited(status >> 8 & 0xFF) : .killed(bySignal: signal)
    }

    var description: String {
        switch self {
        case .exited(let status): "exit status \(status)"
        case .killed(let signal): "signal \(signal)"
        }
    }
}

/// Starts worker processes, and sees them end.
///
/// The standard input of each is the reading end of one pipe, into which nobody writes and whose
/// other end this process alone has. So it ends when this process does, however that happens, and a
/// worker that watches its input stops then: the *lifeline*. Output and errors go where ours go.
final class WorkerLauncher: Sendable {
    private let command: WorkerCommand
    private let lifeline: (reading: Int32, writing: Int32)

    /// Makes the lifeline.
    init(_ command: WorkerCommand) throws(LaunchError) {
        self.command = command
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw LaunchError("a pipe cannot be made", errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        lifeline = (ends[0], ends[1])
    }

    deinit {
        close(lifeline.reading)
        close(lifeline.writing)
    }

    /// Starts the worker with that number and returns its process id.
    func start(_ number: Int) throws(LaunchError) -> Int32 {
        var files = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&files)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&files)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_adddup2(&files, lifeline.reading, STDIN_FILENO)
        setSignals(&attributes)
        let arguments = [command.executable] + command.arguments
        let environment = command.environment(number).map { "\($0)=\($1)" }
        var pid: pid_t = 0
        let error = withCStrings(arguments) { arguments in
            withCStrings(environment) { environment in
                posix_spawn(
                    &pid, command.executable, &files, &attributes, arguments, environment)
            }
        }
        guard error == 0 else { throw LaunchError("\(command.executable) cannot be run", error) }
        return pid
    }

    /// No signal is blocked or ignored; and a group of its own keeps a terminal's Ctrl-C to us.
    private func setSignals(_ attributes: inout posix_spawnattr_t) {
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP
        posix_spawnattr_setflags(&attributes, Int16(flags))
    }

    /// Asks a process to end.
    func terminate(_ pid: Int32) { kill(pid, SIGTERM) }

    /// Makes a process end.
    func end(_ pid: Int32) { kill(pid, SIGKILL) }

    /// How a process that was started here has ended; `nil` while it runs.
    ///
    /// Of any other process it says that it was killed.
    func ending(of pid: Int32) -> ProcessEnding? {
        var status: Int32 = 0
        switch waitpid(pid, &status, WNOHANG) {
        case 0: return nil
        case pid: return ProcessEnding(waitStatus: status)
        default: return errno == EINTR ? nil : .killed(bySignal: SIGKILL)
        }
    }
}

/// Why a worker could not be started.
package struct LaunchError: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String

    init(_ what: String, _ code: Int32) {
        description = "\(what): \(String(cString: strerror(code)))"
    }
}

/// Lends `texts` as a list of C strings that ends with a null pointer.
private func withCStrings<Result>(
    _ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
) -> Result {
    // SAFETY: each copy lives until `body` has returned, and is freed exactly once.
    let copies = texts.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    return body(copies + [nil])
}
