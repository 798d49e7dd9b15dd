package import Logging
import NIOCore
import NIOPosix

/// Puts load on a running system over its public API and measures what comes of it.
package struct Load: Sendable {
    private let configuration: LoadConfiguration
    /// Tells this run's users, keys and events from those of every other run.
    private let run: String
    private let stop: LoadStop
    private let logger: Logger

    /// `run` must be unique among all runs against the same system, and fit into an e-mail address.
    package init(
        _ configuration: LoadConfiguration,
        run: String = String(UInt64.random(in: .min ... .max), radix: 36),
        stop: LoadStop = LoadStop(), logger: Logger
    ) {
        self.configuration = configuration
        self.run = run
        self.stop = stop
        self.logger = logger
    }

    /// Runs it and tells of its progress, a line at most every `interval`; removes its buyers in the end.
    ///
    /// When its end is asked for earlier, nothing more is sent, what is on its way is waited for, and the report
    /// is of the time until then.
    ///
    /// Throws ``LoadError`` when it cannot be done, as when nothing answers or the organizer cannot
    /// create an event; whatever goes wrong under load is in the report.
    package func run(
        every interval: Duration, progress: @escaping @Sendable (String) -> Void
    ) async throws -> LoadReport {
        guard configuration.problems.isEmpty else {
            throw LoadError(
                code: .configuration, detail: configuration.problems.joined(separator: "; "))
        }
        progress("Signing up \(buyers), creating \(events)")
        let scene = try await prepare(progress)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let tally: LoadTally
        do {
            tally = try await measure(scene, on: group.next(), every: interval, progress: progress)
        } catch {
            try? await group.shutdownGracefully()
            await scene.leave(configuration, logger: logger)
            throw error
        }
        try await group.shutdownGracefully()
        progress("Removing \(buyers)")
        await scene.leave(configuration, logger: logger)
        return LoadReport(configuration: configuration, run: run, tally: tally)
    }

    /// Signs everybody up, unless the end is asked for meanwhile.
    private func prepare(
        _ progress: @escaping @Sendable (String) -> Void
    ) async throws -> LoadScene {
        let preparing = Task {
            try await LoadScene.prepare(
                configuration, run: run, logger: logger, progress: progress)
        }
        stop.whenAsked { preparing.cancel() }
        return try await withTaskCancellationHandler {
            let result = await preparing.result
            guard !preparing.isCancelled else {
                throw LoadError(code: .stopped, detail: "before anything was measured")
            }
            return try result.get()
        } onCancel: {
            preparing.cancel()
        }
    }

    private var buyers: String {
        configuration.buyers == 1 ? "a buyer" : "\(configuration.buyers) buyers"
    }

    private var events: String {
        configuration.events == 1 ? "an event" : "\(configuration.events) events"
    }

    private func measure(
        _ scene: LoadScene, on eventLoop: any EventLoop, every interval: Duration,
        progress: (String) -> Void
    ) async throws -> LoadTally {
        let endpoints = configuration.urls.compactMap { Endpoint($0) }
        var addresses: [SocketAddress] = []
        for endpoint in endpoints {
            addresses.append(try await Self.address(of: endpoint, on: eventLoop))
        }
        let plan = LoadPlan(
            configuration: configuration, addresses: addresses,
            bytes: RequestBytes(
                endpoints: endpoints, scene: scene, style: configuration.style,
                waitSeconds: configuration.waitSeconds, run: run),
            mix: RequestMix(configuration))
        progress("Opening \(configuration.users) connections")
        let (snapshots, continuation) = AsyncStream.makeStream(
            of: LoadProgress.self, bufferingPolicy: .bufferingNewest(LoadLimits.progressKept))
        let tally = eventLoop.flatSubmit {
            let engine = LoadEngine(plan, on: eventLoop, progress: continuation)
            let bound = NIOLoopBound(engine, eventLoop: eventLoop)
            stop.whenAsked { eventLoop.execute { bound.value.stop() } }
            return engine.run()
        }
        var meter = ProgressMeter(every: interval)
        for await snapshot in snapshots {
            if let line = meter.line(at: snapshot) { progress(line) }
        }
        return try await tally.get()
    }

    /// Looks the address of an ingress up once, by connecting to it.
    private static func address(
        of endpoint: Endpoint, on eventLoop: any EventLoop
    ) async throws(LoadError) -> SocketAddress {
        do {
            let channel = try await ClientBootstrap(group: eventLoop)
                .connectTimeout(LoadLimits.connectTimeout)
                .connect(host: endpoint.host, port: endpoint.port).get()
            guard let address = channel.remoteAddress else {
                throw ChannelError.unknownLocalAddress
            }
            try await channel.close()
            return address
        } catch {
            throw LoadError(code: .unreachable, detail: "\(endpoint.authority): \(error)")
        }
    }
}
