internal import CRabbitMQ
internal import Glibc

/// An `eventfd` by which any thread wakes the one that polls it.
final class WakeSignal: Sendable {
    /// The descriptor to poll for reading.
    let descriptor: Int32

    init() throws(AMQPError) {
        descriptor = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        guard descriptor >= 0 else {
            throw AMQPError(
                .unavailable, "No eventfd could be made: \(systemMessage(errno)).",
                isSafeToRetry: true)
        }
    }

    deinit { close(descriptor) }

    func wake() {
        var one: UInt64 = 1
        _ = write(descriptor, &one, MemoryLayout<UInt64>.size)
    }

    func clear() {
        var count: UInt64 = 0
        _ = read(descriptor, &count, MemoryLayout<UInt64>.size)
    }
}
