internal import Glibc

/// Starts threads of our own, for C calls that must not hold up Swift's cooperative pool.
enum DedicatedThread {
    /// Room for the library's recursion.
    ///
    /// It reads nested header tables as deep as their sender likes: what one frame can hold takes some
    /// 4 MB. Only what is used of it is memory.
    private static let stackBytes = 8 * 1024 * 1024

    private final class Body: Sendable {
        let name: String
        let run: @Sendable () -> Void

        init(name: String, run: @escaping @Sendable () -> Void) {
            self.name = name
            self.run = run
        }
    }

    /// Runs `body` on a new thread that ends with it and takes no signals.
    static func start(
        name: String, _ body: @escaping @Sendable () -> Void
    ) throws(AMQPError) {
        let status = launch(Body(name: name, run: body))
        guard status == 0 else {
            throw .unavailable("No thread could be started: \(systemMessage(status)).")
        }
    }

    private static func launch(_ body: Body) -> Int32 {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        pthread_attr_setstacksize(&attributes, stackBytes)
        // SAFETY: retained here, released by the thread, or below when there is none.
        let argument = Unmanaged.passRetained(body)
        var thread = pthread_t()
        let status = pthread_create(
            &thread, &attributes, { DedicatedThread.main($0) }, argument.toOpaque())
        pthread_attr_destroy(&attributes)
        if status != 0 { argument.release() }
        return status
    }

    private static func main(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        guard let argument else { return nil }
        let body = Unmanaged<Body>.fromOpaque(argument).takeRetainedValue()
        var signals = sigset_t()
        sigfillset(&signals)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        nameThisThread(body.name)
        body.run()
        return nil
    }

    /// Shows the name in process listings.
    ///
    /// Glibc's call for it is hidden from Swift; the kernel keeps the first 15 bytes.
    private static func nameThisThread(_ name: String) {
        let file = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        _ = write(file, name, min(name.utf8.count, 15))
        close(file)
    }
}
