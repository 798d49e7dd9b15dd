internal import Synchronization

/// A channel: a conversation of its own within a connection.
///
/// The broker answers a mistake (declaring a queue with other arguments, publishing to an exchange
/// that does not exist) by closing the channel; the connection and its other channels go on. Calls
/// from many tasks may overlap. A channel that is let go is closed.
public final class AMQPChannel: Sendable {
    let id: ChannelID
    let connection: AMQPConnection
    let mailbox: ChannelMailbox
    let hasPrefetch = Atomic(false)

    init(id: ChannelID, connection: AMQPConnection, mailbox: ChannelMailbox) {
        self.id = id
        self.connection = connection
        self.mailbox = mailbox
    }

    deinit {
        if mailbox.error == nil { _ = connection.link.jobs.submit(.closeChannel(id, nil)) }
    }

    /// Whether the channel is up, as far as is known.
    public var isOpen: Bool { mailbox.error == nil }

    /// Waits until the channel is over, and returns why; `cancelled` when the task was cancelled.
    public func waitUntilClosed() async -> AMQPError {
        await mailbox.ended.wait(ifCancelled: .cancelled)
    }

    /// Closes the channel; the broker takes back what was delivered on it and not acknowledged.
    public func close() async {
        guard mailbox.error == nil else { return }
        // Whatever the answer, the channel is over.
        _ = try? await connection.call { .closeChannel(self.id, $0) }
    }

    /// Sends a method and waits for its reply.
    func request(_ method: OutboundMethod) async throws(AMQPError) -> Reply {
        try checkOpen()
        try method.validate()
        return try await connection.call { .request(method, on: self.id, $0) }
    }

    /// Sends a method that has no reply.
    func send(_ method: OutboundMethod) throws(AMQPError) {
        try checkOpen()
        try method.validate()
        if let error = connection.link.jobs.submit(.send(method, on: id)) { throw error }
    }

    func checkOpen() throws(AMQPError) {
        if let error = mailbox.error { throw error.withNothingSent }
    }
}
