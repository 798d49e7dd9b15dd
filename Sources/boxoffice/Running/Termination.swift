import BookingManagement
import Dispatch
import Logging
import ServiceLifecycle
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Ends the program on SIGTERM or SIGINT: gracefully on the first, at once on the second.
///
/// The end of standard input counts as a signal too where that is asked for: it tells a program that
/// whoever started it is gone, however that came about.
///
/// As the last service of a group it is the first to be stopped: when it ends, the group shuts down
/// gracefully, and from then on readiness says that the process is stopping.
final class Termination: Service {
    private let isStopping = Atomic<Bool>(false)
    /// The name of the first signal.
    private let received: AsyncStream<String>
    private let logger: Logger

    /// Takes over the signals of the process.
    ///
    /// - Parameters:
    ///   - watchesInput: Whether the end of standard input counts as a signal.
    ///   - logger: Where the first signal is told.
    init(watchesInput: Bool = false, logger: Logger) {
        self.logger = logger
        let (received, receiver) = AsyncStream<String>.makeStream(
            bufferingPolicy: .bufferingOldest(1))
        self.received = received
        let watch = SignalWatch(label: "boxoffice.termination") { receiver.yield($0) }
        if watchesInput {
            // Its thread waits in the kernel for as long as the process lives.
            DispatchQueue(label: "boxoffice.input").async {
                Self.waitForEndOfInput()
                watch.hear(SIGHUP)
            }
        }
    }

    private static func waitForEndOfInput() {
        var byte: UInt8 = 0
        var count = 1
        while count > 0 || (count < 0 && errno == EINTR) { count = read(STDIN_FILENO, &byte, 1) }
    }

    /// Unhealthy from the moment the process begins to stop, so that nobody sends it new work.
    var healthCheck: HealthCheck {
        HealthCheck(name: "running") { [self] in
            isStopping.load(ordering: .relaxed)
                ? .unhealthy("the process is stopping") : .healthy
        }
    }

    /// Waits for the first signal, or for a shutdown that somebody else began.
    func run() async throws {
        for await name in received.cancelOnGracefulShutdown() {
            logger.notice(
                "stopping gracefully; a second signal ends the process at once",
                metadata: ["signal": "\(name)"])
            break
        }
        isStopping.store(true, ordering: .relaxed)
    }
}
