internal import CLibPQ
internal import Glibc

/// A bell that `poll` can hear: any thread rings it, the connection's thread listens.
final class EventDescriptor: Sendable {
    let descriptor: Int32

    /// Opens the bell; nil if the process has no descriptors left.
    init?() {
        descriptor = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
        guard descriptor >= 0 else { return nil }
    }

    deinit {
        close(descriptor)
    }

    /// Rings; ringing twice before it is heard is the same as once.
    func ring() {
        _ = eventfd_write(descriptor, 1)
    }

    /// Silences the bell until it rings again.
    func silence() {
        var count: eventfd_t = 0
        _ = eventfd_read(descriptor, &count)
    }
}
