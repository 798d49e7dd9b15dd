internal import CLibPQ
internal import Glibc

/// A thread for code that waits in C, which must not happen on Swift's own threads.
enum DedicatedThread {
    private static let stackBytes = 1 << 20
    /// The kernel keeps 15 characters of a name.
    private static let nameBytesMax = 15

    private final class Body: Sendable {
        let name: String
        let run: @Sendable () -> Void

        init(name: String, run: @escaping @Sendable () -> Void) {
            self.name = name
            self.run = run
        }
    }

    /// Runs `body` on a thread of its own; false if the system gives none.
    static func start(named name: String, _ body: @escaping @Sendable () -> Void) -> Bool {
        var attributes = pthread_attr_t()
        guard pthread_attr_init(&attributes) == 0 else { return false }
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setstacksize(&attributes, stackBytes)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))

        let shortName = String(decoding: name.utf8.prefix(nameBytesMax), as: UTF8.self)
        // SAFETY: the new thread takes over the reference; without one it is given back here.
        let context = Unmanaged.passRetained(Body(name: shortName, run: body))
        var thread = pthread_t()
        let status = pthread_create(
            &thread, &attributes,
            { pointer in
                guard let pointer else { return nil }
                let body = Unmanaged<Body>.fromOpaque(pointer).takeRetainedValue()
                // Signals are for the program's own threads.
                var signals = sigset_t()
                sigfillset(&signals)
                pthread_sigmask(SIG_BLOCK, &signals, nil)
                _ = pthread_setname_np(pthread_self(), body.name)
                body.run()
                return nil
            }, context.toOpaque())
        guard status == 0 else {
            context.release()
            return false
        }
        return true
    }
}
