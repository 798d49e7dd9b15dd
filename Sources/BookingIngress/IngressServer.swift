import BookingMessages
package import Logging
import NIOPosix
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
        // What stands between a request and its outcome runs where requests do: one thread less to wake.
        let executor = EventLoopExecutor.on(MultiThreadedEventLoopGroup.singleton.next())
        try await application.hasher.withThreads {
            try await withTaskExecutorPreference(executor) { try await serve() }
        }
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
            group.addTask { await application.revocations.run() }
            group.addTask { await application.batcher.run() }
            group.addTask { await application.kinds.run() }
            group.addTask { await application.lookUps.run() }
            group.addTask { await application.changeLookUps.run() }
            group.addTask { await application.lookForMissedOutcomes() }
            group.addTask { await application.leftovers.run() }
            group.addTask { await application.pages.run() }
            group.addTask { await application.jobs.run() }
            group.addTask {
                try await lasting("hearing outcomes") {
                    try await outcomes.run(
                        connected: { application.resubscribed() },
                        recovering: { await application.recentOutcomes.recoverMissed() },
                        received: { application.take($0) })
                }
            }
            try await HTTPListener(
                configuration: configuration, responder: application.responder(logger: logger)
            ).run(onListening: onListening) {
                application.recentOutcomes.close()
                application.recentChanges.close()
            }
            group.cancelAll()
        }
    }
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
        if missed.heard(message, at: .now) == .otherHistory { forgetAll() }
        forget(message.unknown)
        submissions.heard(message.bookings)
        limits.heard(message.bookings)
        // Who is told that he has a ticket finds it counted.
        recentOutcomes.deliver(message.bookings) {
            catalog.apply(message.events)
            stock.heard(message.events)
        }
        // A change is told with its booking as it stands: so the bookings come first.
        recentChanges.deliver(message.changes)
    }

    /// What a worker of another version told in words that are not known here is in the database.
    private func forget(_ unknown: UnknownOutcomes) {
        guard !unknown.isEmpty else { return }
        metrics.heardUnknown(unknown.bookings.count)
        recentOutcomes.forget(unknown.bookings)
        catalog.forget(unknown.events)
        stock.forget(unknown.events)
    }

    /// Outcomes are heard from now on; some may have been missed before.
    fileprivate func resubscribed() {
        missed.resubscribed()
        forgetWhatOutcomesTold()
    }

    /// Looks up what was not heard, until cancelled.
    fileprivate func lookForMissedOutcomes() async {
        await missed.run { forgetWhatOutcomesTold() }
    }

    /// Outcomes were missed: what they would have changed is read again.
    private func forgetWhatOutcomesTold() {
        recentOutcomes.forgetChangeable()
        stock.forgetAll()
        catalog.follow(from: .now)
    }

    /// A database has another history: nothing that is known of it need be so.
    private func forgetAll() {
        recentOutcomes.forgetOutcomes()
        stock.forgetAll()
        catalog.forgetAll()
        catalog.follow(from: .now)
        rendered.forgetAll()
    }
}
