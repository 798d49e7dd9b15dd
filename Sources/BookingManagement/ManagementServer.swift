import Hummingbird
package import Logging
import NIOCore
package import JSON
import ProblemDetails
package import Prometheus
import ServiceLifecycle

/// The HTTP server for operators: `GET /livez`, `/readyz` and `/metrics`, on a port of its own.
///
/// - `/livez` answers 200 as long as the process runs.
/// - `/readyz` answers 200 when all checks are healthy, else 503; the body names each check.
/// - `/metrics` is what Prometheus scrapes.
/// - Whatever else the process has to tell is given as a ``ManagementAnswer``.
///
/// Everything else is a problem (RFC 9457). Start it before, and stop it after, what it tells of.
package struct ManagementServer: Service {
    /// The most connections at a time; for a further one the oldest is closed.
    static let connectionsMax = 256
    /// How long a connection lasts.
    static let lifetime = TimeAmount.seconds(10)

    private let host: String
    private let port: Int
    private let registry: PrometheusRegistry
    private let readiness: Readiness
    private let answers: [ManagementAnswer]
    private let version: JSONValue?
    private let logger: Logger
    private let listening: @Sendable (Int) async -> Void

    /// A server that does not listen yet.
    ///
    /// - Parameters:
    ///   - host: The address to listen on.
    ///   - port: The port to listen on; 0 for any that is free.
    ///   - checks: What `/readyz` tells of.
    ///   - registry: What `/metrics` renders.
    ///   - answers: What else there is to tell.
    ///   - version: Which program this is, for `/readyz`.
    ///   - logger: Where failures are told.
    ///   - listening: Called with the port once the server listens.
    package init(
        host: String, port: Int, checks: [HealthCheck], registry: PrometheusRegistry,
        answers: [ManagementAnswer] = [], version: JSONValue? = nil, logger: Logger,
        listening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) {
        self.init(
            host: host, port: port, readiness: Readiness(checks: checks), registry: registry,
            answers: answers, version: version, logger: logger, listening: listening)
    }

    init(
        host: String, port: Int, readiness: Readiness, registry: PrometheusRegistry,
        answers: [ManagementAnswer] = [], version: JSONValue? = nil, logger: Logger,
        listening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) {
        self.host = host
        self.port = port
        self.readiness = readiness
        self.registry = registry
        self.answers = answers
        self.version = version
        self.logger = logger
        self.listening = listening
    }

    package func run() async throws {
        try await application.run()
    }

    /// The server as Hummingbird's own kind of service.
    var application: some ApplicationProtocol {
        var logger = logger
        // At `info` Hummingbird tells of its own start and stop; ``listening`` does that already.
        if logger.logLevel == .info { logger.logLevel = .notice }
        let connections = NewestConnections(countMax: Self.connectionsMax)
        return Application(
            router: router,
            server: .http1(
                configuration: .init(
                    additionalChannelHandlers: [
                        ShortLivedConnection(connections, lifetime: Self.lifetime),
                        BareErrorHandler(),
                    ])),
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: port)),
            services: [readiness],
            onServerRunning: { [listening] channel in
                await listening(channel.localAddress?.port ?? 0)
            },
            logger: logger)
    }

    private var router: Router<BasicRequestContext> {
        let router = Router(options: .autoGenerateHeadEndpoints)
        router.add(middleware: ProblemMiddleware())
        router.get("livez") { _, _ in
            Self.response(.ok, json: .object(["status": .string("healthy")]))
        }
        router.get("readyz") { [readiness, version] _, _ in
            let report = await readiness.report()
            return Self.response(
                report.isHealthy ? .ok : .serviceUnavailable, json: report.json(of: version))
        }
        router.get("metrics") { [registry] _, _ in
            Self.response(
                .ok, type: PrometheusRegistry.mediaType,
                body: ByteBuffer(string: registry.render()))
        }
        for answer in answers {
            router.get(RouterPath(answer.name)) { _, _ in
                guard let body = answer.body() else { throw Problem(.serviceUnavailable) }
                return Self.response(.ok, json: body)
            }
        }
        router.refuseOtherMethods()
        return router
    }

    private static func response(_ status: HTTPResponse.Status, json: JSONValue) -> Response {
        response(status, type: "application/json", body: ByteBuffer(bytes: json.rendered))
    }

    private static func response(
        _ status: HTTPResponse.Status, type: String, body: ByteBuffer
    ) -> Response {
        Response(
            status: status, headers: [.contentType: type, .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: body))
    }
}
