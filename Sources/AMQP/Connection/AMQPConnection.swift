public import Logging

/// A connection to a broker.
///
/// One thread of its own does all its reading and writing; every call below only hands it work and
/// waits for the answer. The connection ends when it is closed or let go, when the broker closes
/// it, when the broker is silent for two heartbeat intervals, or when the socket takes nothing for
/// as long. It does not come back: see ``withReconnection(_:backoff:logger:_:)``.
public final class AMQPConnection: Sendable {
    let configuration: AMQPConfiguration
    let link: ConnectionLink
    /// Which of the configuration's addresses it is connected to.
    let addressIndex: Int

    private init(configuration: AMQPConfiguration, link: ConnectionLink, addressIndex: Int) {
        self.configuration = configuration
        self.link = link
        self.addressIndex = addressIndex
    }

    deinit { _ = link.jobs.submit(.close) }

    /// Connects to an address that answers, and logs in.
    ///
    /// Several addresses are tried in turn, starting with any of them, so that clients spread over a
    /// cluster.
    ///
    /// - Throws: `connectFailed` when no address answers, `authenticationFailed`,
    ///   `invalidConfiguration`, or `cancelled` at once when the task is cancelled.
    public static func connect(
        _ configuration: AMQPConfiguration, logger: Logger
    ) async throws(AMQPError) -> AMQPConnection {
        try await connect(
            configuration, firstAddress: configuration.anyAddress, logger: logger)
    }

    static func connect(
        _ configuration: AMQPConfiguration, firstAddress: Int, logger: Logger
    ) async throws(AMQPError) -> AMQPConnection {
        try configuration.validate()
        let link = try ConnectionLink(randomness: .random(in: .min ... .max))
        try DedicatedThread.start(name: "amqp") {
            ConnectionDriver.run(
                configuration, firstAddress: firstAddress, link: link, logger: logger)
        }
        switch await link.opened.wait(ifCancelled: .failure(.cancelled)) {
        case .success(let index):
            return AMQPConnection(configuration: configuration, link: link, addressIndex: index)
        case .failure(let error):
            // Tells the thread that nobody waits; if it was quicker, closes what it opened.
            if !link.opened.set(.failure(error)) { _ = link.jobs.submit(.abort) }
            throw error
        }
    }

    /// Opens a channel, whose events come to an inbox of its own, or to one that it shares with others.
    public func openChannel(
        sharing inbox: AMQPInbox? = nil
    ) async throws(AMQPError) -> AMQPChannel {
        let mailbox = ChannelMailbox(sharing: inbox)
        let reply = try await call { .openChannel(mailbox, $0) }
        guard case .opened(let id) = reply else { preconditionFailure("Not an opened channel.") }
        return AMQPChannel(id: id, connection: self, mailbox: mailbox)
    }

    /// Connects, lets `body` use the connection, and closes it.
    public static func with<Result>(
        _ configuration: AMQPConfiguration, logger: Logger,
        _ body: (AMQPConnection) async throws -> Result
    ) async throws -> Result {
        let connection = try await connect(configuration, logger: logger)
        do {
            let result = try await body(connection)
            await connection.close()
            return result
        } catch {
            await connection.close()
            throw error
        }
    }

    /// Opens a channel, lets `body` use it, and closes it.
    public func withChannel<Result>(
        _ body: (AMQPChannel) async throws -> Result
    ) async throws -> Result {
        let channel = try await openChannel()
        do {
            let result = try await body(channel)
            await channel.close()
            return result
        } catch {
            await channel.close()
            throw error
        }
    }

    /// Whether the broker blocks publishing on this connection by a resource alarm.
    public var isBlocked: Bool { link.isBlocked }

    /// Whether the connection is up, as far as is known.
    public var isOpen: Bool { !link.jobs.isClosed }

    /// Waits until the connection is over and its socket closed.
    ///
    /// - Returns: why it ended; nil when this client closed it; `cancelled` when the waiting task
    ///   was cancelled, in which case the connection may be up.
    public func waitUntilClosed() async -> AMQPError? {
        await link.closed.wait(ifCancelled: .cancelled)
    }

    /// Says farewell to the broker and closes the socket, within two seconds.
    ///
    /// Whoever waits for an answer fails at once; a publish that is not confirmed stays unknown.
    public func close() async {
        if link.jobs.submit(.close) != nil { abort() }
        _ = await waitUntilClosed()
    }

    /// Closes the socket without a farewell, and does not wait.
    public func abort() {
        _ = link.jobs.submit(.abort)
    }

    /// Hands a job to the thread and waits for its answer.
    func call(_ job: (RequestContinuation) -> Job) async throws(AMQPError) -> Reply {
        let result = await withCheckedContinuation { continuation in
            let job = job(continuation)
            if let error = link.jobs.submit(job) { job.fail(error) }
        }
        return try result.get()
    }
}
