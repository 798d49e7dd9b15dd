internal import Synchronization

/// What a connection's thread and its callers share.
final class ConnectionLink: Sendable {
    /// Wakes the thread.
    let signal: WakeSignal
    /// What the thread is asked to do.
    let jobs: JobQueue
    /// Set when the login is done or failed: the index of the address, or why there is none.
    let opened = Latch<Result<Int, AMQPError>>()
    /// Set when the socket is closed: nil when we asked for it.
    let closed = Latch<AMQPError?>()

    private let blocked = Atomic(false)
    private let messageIDPrefix: String
    private let lastMessageID = Atomic<UInt64>(0)

    /// - Parameter randomness: sets the message ids assigned here apart from all others.
    /// - Throws: `unavailable` when the system gives no descriptor.
    init(randomness: UInt64) throws(AMQPError) {
        let signal = try WakeSignal()
        self.signal = signal
        jobs = JobQueue(signal: signal)
        messageIDPrefix = String(randomness, radix: 36)
    }

    /// Whether the broker blocks publishing.
    var isBlocked: Bool {
        get { blocked.load(ordering: .relaxed) }
        set { blocked.store(newValue, ordering: .relaxed) }
    }

    /// A message id for a mandatory message that has none, so that its return can be told.
    func nextMessageID() -> String {
        let number = lastMessageID.wrappingAdd(1, ordering: .relaxed).newValue
        return "\(messageIDPrefix)-\(number)"
    }
}
