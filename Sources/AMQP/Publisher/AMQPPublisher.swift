public import Logging
internal import Synchronization

/// Keeps one connection and its confirming channels for publishing, and reconnects by itself.
///
/// With several channels, all messages of one routing key go by the same one. RabbitMQ keeps a channel
/// waiting for a round trip and a write to the disk when it sends to a quorum queue for the first time:
/// who sends to many queues at once wants more than one channel.
/// ``run()`` does the connecting; publishing never waits for it, but says at once when there is no
/// connection.
public final class AMQPPublisher: Sendable {
    /// Declares what publishing needs, on a channel of its own, before publishing is allowed.
    public typealias Topology = @Sendable (AMQPChannel) async throws -> Void

    /// The broker's code for an exchange that is not there.
    private static let notFound: UInt16 = 404

    private let configuration: AMQPConfiguration
    private let channelCount: Int
    private let publishTimeout: Duration
    private let backoff: AMQPBackoff
    private let logger: Logger
    private let topology: Topology?
    private let desk: Mutex<PublisherDesk>

    /// A publisher that does nothing until it is run.
    ///
    /// - Parameters:
    ///   - configuration: where to connect.
    ///   - channels: how many channels share the messages.
    ///   - inFlightMax: how many messages may wait for their confirm.
    ///   - publishTimeout: how long one message may wait for its confirm.
    ///   - backoff: how long to wait before connecting again.
    ///   - logger: for what happens to the connection.
    ///   - topology: run on each new connection before publishing is allowed.
    public init(
        configuration: AMQPConfiguration, channels: Int = 1, inFlightMax: Int,
        publishTimeout: Duration,
        backoff: AMQPBackoff = .default, logger: Logger, topology: Topology? = nil
    ) {
        self.configuration = configuration
        channelCount = channels
        self.publishTimeout = publishTimeout
        self.backoff = backoff
        self.logger = logger
        self.topology = topology
        desk = Mutex(PublisherDesk(inFlightMax: inFlightMax))
    }

    /// Whether messages can be published now.
    public var state: AMQPPublisherState {
        desk.withLock(\.state)
    }

    /// How many messages wait for their confirm.
    public var inFlight: Int { desk.withLock { $0.inFlight } }

    /// Publishes a message and waits for the broker's confirm.
    ///
    /// A message that was refused may be taken on a channel of its own: RabbitMQ (3.10 to 3.12)
    /// refuses whatever a channel sends to a quorum queue until the node that led the queue is back,
    /// if that node was gone at the channel's first message to it. Only so many messages are tried
    /// in this way at a time; the others count as refused. Without a `timeout` of its own a message has the
    /// publisher's `publishTimeout`.
    ///
    /// - Throws: at once, with nothing sent, `unavailable` when not connected or blocked by an
    ///   alarm, `overloaded` when `inFlightMax` messages wait already. Otherwise as
    ///   ``AMQPChannel/publish(_:to:routingKey:mandatory:timeout:)``: after `timeout`,
    ///   `connectionClosed` or `channelClosed` the broker may have the message, unless the error
    ///   is marked `isSafeToRetry`.
    public func publish(
        _ publishing: AMQPPublishing, to exchange: String, routingKey: String,
        mandatory: Bool = false, onNewChannel: Bool = false, timeout: Duration? = nil
    ) async throws(AMQPError) -> AMQPConfirmation {
        let current = try desk.withLock { (desk) throws(AMQPError) in try desk.begin(routingKey) }
        defer { finishOne() }
        guard !onNewChannel || desk.withLock({ $0.beginSibling() }) else { return .nacked }
        defer { if onNewChannel { desk.withLock { $0.siblings -= 1 } } }
        do throws(AMQPError) {
            // A sibling is closed when it is let go.
            let channel =
                onNewChannel ? try await current.connection.openConfirmingChannel() : current
            return try await channel.publish(
                publishing, to: exchange, routingKey: routingKey, mandatory: mandatory,
                timeout: timeout ?? publishTimeout)
        } catch {
            throw error.asUnavailable
        }
    }

    /// The same, never on a new channel, without a task that waits; what is thrown there is a failure
    /// here.
    ///
    /// `completion` is called here and now, or by the connection's thread, and must not take long.
    public func publish(
        _ publishing: AMQPPublishing, to exchange: String, routingKey: String,
        mandatory: Bool = false, completion: @escaping AMQPChannel.Completion
    ) {
        let channel: AMQPChannel
        do throws(AMQPError) {
            channel = try desk.withLock { (desk) throws(AMQPError) in try desk.begin(routingKey) }
        } catch { return completion(.failure(error)) }
        channel.publish(
            publishing, to: exchange, routingKey: routingKey, mandatory: mandatory,
            timeout: publishTimeout
        ) { [self] result in
            finishOne()
            completion(result.mapError(\.asUnavailable))
        }
    }

    private func finishOne() { desk.withLock { $0.finish() }?.resume() }

    /// Lets `body` use a channel of its own on the publisher's connection, to declare what is
    /// needed on demand: a declaration that fails closes its channel, and must not be the one that
    /// publishes.
    public func withChannel<Result>(
        _ body: (AMQPChannel) async throws -> Result
    ) async throws -> Result {
        let channels = try desk.withLock { (desk) throws(AMQPError) in try desk.channels() }
        return try await channels.connection.withChannel(body)
    }

    /// Connects, and connects again, until the task is cancelled; then refuses new messages, waits
    /// for the confirms of those in flight (at most their timeout), closes, and returns.
    public func run() async throws {
        try desk.withLock { (desk) throws(AMQPError) in try desk.start() }
        defer { desk.withLock { $0.phase = .idle } }
        do {
            try await AMQPConnection.withReconnection(
                configuration, backoff: backoff, logger: logger,
                onFailure: { error in
                    let reason = error as? AMQPError ?? .unavailable("\(error)")
                    desk.withLock { $0.phase = .disconnected(reason) }
                },
                { connection in try await self.serve(connection) })
        } catch is CancellationError {
            return
        }
    }

    /// Publishes over one connection until it is over or the task is cancelled.
    private func serve(_ connection: AMQPConnection) async throws {
        if let topology { try await connection.withChannel(topology) }
        var failures = 0
        while true {
            let channels = try await PublisherChannels(channelCount, on: connection)
            desk.withLock { $0.phase = .connected(channels) }
            let opened = ContinuousClock.now
            let reason = await channels.waitUntilOneClosed()
            desk.withLock { $0.phase = .disconnected(reason) }
            if Task.isCancelled {
                await drain()
                throw CancellationError()
            }
            guard connection.isOpen else { throw reason }
            // Somebody published to an exchange that is not there: only the channels are lost.
            failures = ContinuousClock.now - opened < backoff.resetAfter ? failures + 1 : 1
            try await Task.sleep(
                for: backoff.delay(afterFailures: failures, randomness: .random(in: 0...1)))
            if let topology, reason.replyCode == Self.notFound {
                try await connection.withChannel(topology)
            }
        }
    }

    /// Waits until nothing is in flight: every publish ends by its own timeout, so this does too.
    private func drain() async {
        await withCheckedContinuation { continuation in
            let isDone = desk.withLock { desk in
                if desk.inFlight == 0 { return true }
                desk.drained = continuation
                return false
            }
            if isDone { continuation.resume() }
        }
    }
}

extension AMQPError {
    /// The same as `unavailable` when the channel ended before anything was sent: to the caller
    /// that is no different from there being none.
    fileprivate var asUnavailable: AMQPError {
        let isOver = code == .connectionClosed || code == .channelClosed
        return isOver && isSafeToRetry ? .unavailable(message) : self
    }
}
