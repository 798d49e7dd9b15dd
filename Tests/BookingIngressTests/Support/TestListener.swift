import Hummingbird
import Logging
import ServiceLifecycle

@testable import BookingIngress

/// A listener over routes of a test's own, without anything of the API.
struct TestListener: Sendable {
    let ingress: TestPort
    /// Stops it in good order.
    let stop: @Sendable () async -> Void

    /// Runs `body` with a listener whose requests are all answered by `respond`.
    static func with(
        limits: (inout ConnectionLimits) -> Void = { _ in },
        configure: (inout IngressConfiguration) -> Void = { _ in },
        respond: @escaping @Sendable (Request, IngressContext) async throws -> Response,
        _ body: @Sendable (TestListener) async throws -> Void
    ) async throws {
        var configuration = IngressConfiguration()
        configuration.port = 0
        configure(&configuration)
        let alarms = AlarmClock()
        let responder = RequestResponder(
            routed: CallbackResponder(callback: respond), requestDeadline: .seconds(5),
            alarms: alarms, refusals: RefusalNotes(logger: TestIngress.quiet),
            logger: TestIngress.quiet)
        var listener = HTTPListener(configuration: configuration, responder: responder)
        limits(&listener.limits)
        let (ports, listening) = AsyncStream<Int>.makeStream()
        let service = Listening(listener: listener, alarms: alarms) { listening.yield($0) }
        let services = ServiceGroup(services: [service], logger: TestIngress.quiet)
        try await withThrowingTaskGroup { group in
            group.addTask {
                defer { listening.finish() }
                try await services.run()
            }
            for await port in ports {
                defer { listening.finish() }
                let test = TestListener(ingress: TestPort(port: port)) {
                    await services.triggerGracefulShutdown()
                }
                do { try await body(test) } catch {
                    await services.triggerGracefulShutdown()
                    throw error
                }
                await services.triggerGracefulShutdown()
                break
            }
            try await group.waitForAll()
        }
    }
}

/// Listens, and lets alarms ring.
private struct Listening: Service {
    let listener: HTTPListener
    let alarms: AlarmClock
    let onListening: @Sendable (Int) -> Void

    func run() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { await alarms.run() }
            try await listener.run(onListening: { onListening($0) }, onStopping: {})
            group.cancelAll()
        }
    }
}
