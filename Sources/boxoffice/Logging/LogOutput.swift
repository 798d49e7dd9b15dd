import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Where log lines go; each is written whole, whoever else writes at the time.
protocol LogOutput: Sendable {
    func write(_ line: String)
}

/// A file descriptor as an output for logs, for instance standard error.
///
/// Writing waits when the reader of a pipe does not keep up: no line is lost, and the last lines
/// before a crash are always out.
final class DescriptorOutput: LogOutput {
    static let standardError = DescriptorOutput(STDERR_FILENO)
    /// What a command was started for is written here: when nobody reads it any more, the command ends, as
    /// others of a pipeline do.
    static let standardOutput = DescriptorOutput(STDOUT_FILENO, endsWithItsReader: true)

    private let descriptor: Mutex<Int32>
    private let endsWithItsReader: Bool

    init(_ descriptor: Int32, endsWithItsReader: Bool = false) {
        self.descriptor = Mutex(descriptor)
        self.endsWithItsReader = endsWithItsReader
    }

    /// Whether a terminal shows what is written.
    var isTerminal: Bool { descriptor.withLock { isatty($0) == 1 } }

    /// Writes `text` and the end of its line.
    func say(_ text: String) {
        write(text + "\n")
    }

    func write(_ line: String) {
        var line = line
        line.withUTF8 { bytes in
            // SAFETY: the pointer is used within this call only, while `line` is alive.
            let isRead = descriptor.withLock {
                Self.write(UnsafeRawBufferPointer(bytes), to: $0)
            }
            if !isRead, endsWithItsReader { Self.endOfBrokenPipe() }
        }
    }

    /// Ends the process as SIGPIPE does, quietly.
    private static func endOfBrokenPipe() -> Never {
        signal(SIGPIPE, SIG_DFL)
        raise(SIGPIPE)
        _exit(128 + SIGPIPE)
    }

    /// Returns whether there is still somebody who may read it.
    private static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let slice = UnsafeRawBufferPointer(rebasing: rest)
            #if canImport(Glibc)
                let count = Glibc.write(descriptor, slice.baseAddress, slice.count)
            #else
                let count = Darwin.write(descriptor, slice.baseAddress, slice.count)
            #endif
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                // Somebody made the descriptor non-blocking, as terminals shared with others may be.
                var writable = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&writable, 1, -1)
            } else if errno != EINTR {
                // The reader is gone, or the disk is full; there is nobody left to tell.
                return errno != EPIPE
            }
        }
        return true
    }
}
