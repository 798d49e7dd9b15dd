import HummingbirdCore
import NIOCore
import NIOExtras
import NIOHTTP1
import NIOPosix
import ServiceLifecycle

/// Listens for connections, and has each looked after by an ``HTTPConnection``.
struct HTTPListener: Sendable {
    let configuration: IngressConfiguration
    let responder: RequestResponder

    /// Connections that may wait to be accepted; Linux allows no more by default (`somaxconn`).
    ///
    /// Whoever finds no room tries again after a second, then two, four …
    private static let backlogMax: Int32 = 4096
    /// What part of all connections is accepted before those that are open have their turn again.
    ///
    /// By so many there may be more of them than there should be.
    private static let acceptedPartPerTurn = 20
    private static let headerFieldBytesMax = 8 * 1024
    private static let headerListBytesMax = 16 * 1024
    private static let headerFieldsMax = 100

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
        let server = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: Self.backlogMax)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(
                .maxMessagesPerRead,
                value: UInt(max(1, connectionsMax / Self.acceptedPartPerTurn))
            )
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers(
                        AvailableConnectionsChannelHandler(maxConnections: connectionsMax),
                        quiescing.makeServerChannelHandler(channel: channel))
                }
            }
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try setUp(channel) }
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
        // Whoever is cancelled has no time to wait.
        if isCancelled { throw CancellationError() }
        try await ended.futureResult.get()
    }

    private func setUp(_ channel: any Channel) throws {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = Self.headerFieldBytesMax
        limits.maxHeaderListSize = Self.headerListBytesMax
        limits.maxHeaderFieldCount = Self.headerFieldsMax
        try channel.pipeline.syncOperations.addHandlers(
            IdleStateHandler(readTimeout: TimeAmount(configuration.idleTimeout)),
            ByteToMessageHandler(HTTPRequestDecoder(limitConfiguration: limits)),
            HTTPConnection(on: channel.eventLoop, responder: responder))
    }
}
