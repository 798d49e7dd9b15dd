import HummingbirdCore
import NIOCore
import NIOExtras
import NIOPosix
import ServiceLifecycle

/// Listens for connections, and has each looked after by an ``HTTPConnection``.
struct HTTPListener: Sendable {
    let configuration: IngressConfiguration
    let responder: RequestResponder
    private let census: ConnectionCensus
    /// How long connections wait for what.
    var limits: ConnectionLimits

    init(configuration: IngressConfiguration, responder: RequestResponder) {
        self.configuration = configuration
        self.responder = responder
        census = ConnectionCensus(
            connectionsMax: configuration.connectionsMax,
            perAddressMax: configuration.connectionsPerAddressMax)
        limits = ConnectionLimits(
            request: TimeAmount(configuration.requestDeadline),
            idle: TimeAmount(configuration.idleTimeout))
    }

    /// The deadlines of an event loop's connections.
    private typealias Deadlines = NIOLoopBound<ConnectionDeadlines>

    /// Connections that may wait to be accepted; Linux allows no more by default (`somaxconn`).
    ///
    /// A client that finds no room tries again after a second, then two, four …
    private static let backlogMax: Int32 = 4096

    /// Listens until it is told to stop, and until all requests at work are answered then.
    ///
    /// `onListening` is told the port; `onStopping` is called once every connection knows that its next
    /// answer is the last.
    func run(
        onListening: @Sendable (Int) async -> Void, onStopping: @Sendable () -> Void
    ) async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let quiescing = ServerQuiescingHelper(group: group)
        let connectionsMax = configuration.connectionsMax
        var deadlines: [Deadlines] = []
        for eventLoop in group.makeIterator() {
            let make = eventLoop.submit { Deadlines(ConnectionDeadlines(), eventLoop: eventLoop) }
            deadlines.append(try await make.get())
        }
        let looking = deadlines.map(look)
        defer { for task in looking { task.cancel() } }
        let server = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: Self.backlogMax)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(
                .maxMessagesPerRead,
                value: UInt(IngressConfiguration.acceptedAtOnce(of: connectionsMax))
            )
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers(
                        AvailableConnectionsChannelHandler(maxConnections: connectionsMax),
                        quiescing.makeServerChannelHandler(channel: channel))
                }
            }
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { [deadlines] channel in
                channel.eventLoop.makeCompletedFuture { try setUp(channel, deadlines) }
            }
            .bind(host: configuration.host, port: configuration.port).get()
        await onListening(server.localAddress?.port ?? 0)
        let ended = server.eventLoop.makePromise(of: Void.self)
        let isCancelled: Bool
        do {
            try await gracefulShutdown()
            isCancelled = false
        } catch { isCancelled = true }
        quiescing.initiateShutdown(promise: ended)
        // Some event loop tells the listener's, that one tells the connections', and they their connections.
        for eventLoop in group.makeIterator() { try await eventLoop.submit {}.get() }
        try await server.eventLoop.submit {}.get()
        for eventLoop in group.makeIterator() { try await eventLoop.submit {}.get() }
        onStopping()
        // A cancelled listener has no time to wait.
        if isCancelled { throw CancellationError() }
        try await ended.futureResult.get()
    }

    /// Looks at the deadlines again and again.
    private func look(at deadlines: Deadlines) -> RepeatedTask {
        deadlines.eventLoop.scheduleRepeatedTask(
            initialDelay: ConnectionDeadlines.tick, delay: ConnectionDeadlines.tick
        ) { [census] _ in
            deadlines.value.look(at: .now(), isCrowded: census.isCrowded)
        }
    }

    private func setUp(_ channel: any Channel, _ deadlines: [Deadlines]) throws {
        let peer = Peer(channel.remoteAddress, trusting: configuration.trustedProxies)
        let handler: any ChannelHandler
        do throws(ConnectionRefusal) {
            try census.enter(peer)
            channel.closeFuture.whenComplete { [census] _ in census.leave(peer) }
            guard let deadlines = deadlines.first(where: { $0.eventLoop === channel.eventLoop })
            else { return channel.close(promise: nil) }
            handler = HTTPConnection(
                on: channel.eventLoop, responder: responder, deadlines: deadlines.value,
                limits: limits, peer: peer)
        } catch {
            let reply = responder.reply(refusing: error)
            // Being told why is a courtesy that takes a socket for a while: it has a bound of its own.
            guard census.enterRefused() else { return channel.close(promise: nil) }
            channel.closeFuture.whenComplete { [census] _ in census.leaveRefused() }
            handler = RefusedConnection(reply)
        }
        try channel.pipeline.syncOperations.addHandler(handler)
    }
}
