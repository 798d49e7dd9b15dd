import BookingManagement
import Logging
import Metrics
import Prometheus
import ServiceLifecycle

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// How the commands that run until they are stopped do so.
enum Running {
    /// How long what did not stop gracefully may take to heed its cancellation.
    static let cancellationTimeout = Duration.seconds(5)

    /// The registry that all metrics of the process go to from now on.
    static func startMetrics() -> PrometheusRegistry {
        let registry = PrometheusRegistry(help: MetricHelp.texts)
        MetricsSystem.bootstrap(registry)
        ProgramVersion.record()
        return registry
    }

    /// The management server, which tells where it listens.
    static func management(
        _ endpoint: Endpoint, checks: [HealthCheck], registry: PrometheusRegistry,
        answers: [ManagementAnswer] = [], logger: Logger
    ) -> Listener {
        let server = ManagementServer(
            host: endpoint.host, port: endpoint.port, checks: checks, registry: registry,
            answers: answers, version: ProgramVersion.json, logger: logger,
            listening: { port in
                logger.notice(
                    "management listens", metadata: ["url": "\(endpoint.url(port: port))"])
            })
        return Listener(server, name: "management server", endpoint: endpoint)
    }

    /// Runs the services until a signal comes or one of them fails; they stop in reverse order.
    static func run(
        _ services: [any Service], until termination: Termination, drainTimeout: Duration,
        logger: Logger
    ) async throws {
        // A reader of our output that went away is no reason to die.
        signal(SIGPIPE, SIG_IGN)
        let all =
            services.map {
                ServiceGroupConfiguration.ServiceConfiguration(
                    service: $0, failureTerminationBehavior: .gracefullyShutdownGroup)
            } + [
                ServiceGroupConfiguration.ServiceConfiguration(
                    service: termination, successTerminationBehavior: .gracefullyShutdownGroup)
            ]
        var configuration = ServiceGroupConfiguration(services: all, logger: logger)
        configuration.maximumGracefulShutdownDuration = drainTimeout
        configuration.maximumCancellationDuration = cancellationTimeout
        do {
            try await ServiceGroup(configuration: configuration).run()
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure("stopped by an error: \(error)")
        }
        logger.notice("stopped")
    }

    /// Takes as many file descriptors as the system allows, and tells how many that are.
    ///
    /// The limit that shells set is for `select`.
    static func raiseFileLimit() -> Int {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(resource, &limit) == 0 else { return .max }
        var raised = limit
        raised.rlim_cur = limit.rlim_max
        if setrlimit(resource, &raised) == 0 { limit = raised }
        return Int(clamping: limit.rlim_cur)
    }
}
