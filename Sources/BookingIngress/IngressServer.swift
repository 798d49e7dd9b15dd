import BookingMessages
import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
import ProblemDetails
import ServiceLifecycle

/// An ingress: the HTTP API with all it needs to run, but for the database pools.
///
/// Graceful shutdown stops accepting connections, ends all waits for outcomes early, lets the
/// requests at work finish, and only then lets go of the broker.
package struct IngressServer: Service {
    private let configuration: IngressConfiguration
    let dependencies: IngressDependencies
    private let logger: Logger
    private let onListening: @Sendable (Int) async -> Void
    let application: IngressApplication

    /// Sets an ingress up; `onListening` is told the port once it listens.
    package init(
        configuration: IngressConfiguration, dependencies: IngressDependencies, logger: Logger,
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) async throws(IngressError) {
        self.configuration = configuration
        self.dependencies = dependencies
        self.logger = logger
        self.onListening = onListening
        application = try await IngressApplication(configuration, dependencies, logger: logger)
    }

    package func run() async throws {
        try await application.hasher.withThreads { try await serve() }
    }

    private func serve() async throws {
        let application = application
        let (commands, outcomes) = (dependencies.commands, dependencies.outcomes)
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask {
                try await lasting("publishing commands") { try await commands.run() }
            }
            group.addTask { await application.alarms.run() }
            group.addTask { await application.catalog.run() }
            group.addTask { await application.batcher.run() }
            group.addTask {
                try await lasting("hearing outcomes") {
                    try await outcomes.run(
                        connected: { application.resubscribed() },
                        recovering: { await application.board.recoverMissed() },
                        received: { application.take($0) })
                }
            }
            try await withGracefulShutdownHandler {
                try await server().run()
            } onGracefulShutdown: {
                application.board.close()
            }
            group.cancelAll()
        }
    }

    private func server() -> some ApplicationProtocol {
        Application(
            router: application.router(),
            server: HTTPServerBuilder { [configuration] responder in
                EventLoopChannel(
                    http: HTTP1Channel(responder: responder, configuration: configuration.channel))
            },
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port),
                backlog: IngressLimits.backlogMax,
                availableConnectionsDelegate: MaximumAvailableConnections(
                    configuration.connectionsMax)),
            onServerRunning: { [onListening] channel in
                await onListening(channel.localAddress?.port ?? 0)
            },
            logger: logger)
    }
}

extension IngressConfiguration {
    /// How each connection is set up.
    fileprivate var channel: HTTP1Channel.Configuration {
        HTTP1Channel.Configuration(
            additionalChannelHandlers: [BareErrorHandler(), UploadLimitHandler()],
            idleTimeout: .nanoseconds(idleTimeout.nanoseconds),
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: IngressLimits.headerFieldBytesMax,
                maxHeaderListSize: IngressLimits.headerListBytesMax,
                maxHeaderFieldCount: IngressLimits.headerFieldsMax))
    }
}

/// Limits of the HTTP server itself.
enum IngressLimits {
    static let headerFieldBytesMax = 8 * 1024
    static let headerListBytesMax = 16 * 1024
    static let headerFieldsMax = 100
    /// Connections that may wait to be accepted.
    static let backlogMax = 1024
}

/// Runs a part that is to end when its task is cancelled, and no sooner.
private func lasting(_ part: String, _ run: () async throws -> Void) async throws {
    do { try await run() } catch { if !Task.isCancelled { throw error } }
    if !Task.isCancelled { throw IngressError.partEnded(part) }
}

extension IngressApplication {
    /// Takes in what a worker has told.
    fileprivate func take(_ message: OutcomeMessage) {
        metrics.heard(message.bookings.count)
        submissions.heard(message.bookings)
        // Who is told that he has a ticket finds it counted.
        board.deliver(message.bookings) {
            catalog.apply(message.events)
            stock.heard(message.events)
        }
    }

    /// Outcomes are heard from now on; some may have been missed before.
    fileprivate func resubscribed() {
        stock.forgetAll()
        catalog.follow(from: .now)
    }
}

extension Duration {
    /// The duration in nanoseconds, as long as it is not one of centuries.
    fileprivate var nanoseconds: Int64 {
        components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000
    }
}
