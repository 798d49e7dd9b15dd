import BookingBroker
import BookingDomain
import BookingMessages
import BookingTestSupport
import Synchronization

@testable import BookingIngress

/// A broker in memory: remembers what is published, and lets a test speak as the worker.
final class FakeBroker: CommandSink, OutcomeSource {
    struct Published: Hashable, Sendable {
        let event: EventID
        let commands: [Command]
    }

    private struct State {
        var published: [Published] = []
        var prepared: [EventID] = []
        var discarded: [EventID] = []
        var preparing: (@Sendable (EventID) async -> Void)?
        var error: BrokerError?
        var isReachable = false
        var errorOfFirstAttempts: BrokerError?
        /// Publishing waits here while the gate is shut.
        var gate: [CheckedContinuation<Void, Never>]?
        var started = 0
        var firstAttempts: [ContinuousClock.Instant] = []
        var nesting = 0
        var deepestNesting = 0
        var received: (@Sendable (OutcomeMessage) -> Void)?
        var connected: (@Sendable () -> Void)?
        var recover: (@Sendable () async -> Void)?
    }

    private let state = Mutex(State())

    var published: [Published] { state.withLock { $0.published } }
    /// When each message was published for the first time.
    var firstAttempts: [ContinuousClock.Instant] { state.withLock { $0.firstAttempts } }
    /// How many messages were published from within each other's failing, at most.
    var deepestNesting: Int { state.withLock { $0.deepestNesting } }
    var prepared: [EventID] { state.withLock { $0.prepared } }
    var discarded: [EventID] { state.withLock { $0.discarded } }

    /// Calls `body` from now on before it makes an event's queue.
    func beforePreparing(_ body: @escaping @Sendable (EventID) async -> Void) {
        state.withLock { $0.preparing = body }
    }

    /// Lets everything fail with this from now on, or nothing any more.
    func fail(with error: BrokerError?) { state.withLock { $0.error = error } }

    /// Lets every first attempt fail with this from now on; those after it may do better.
    func failAtFirst(with error: BrokerError) {
        state.withLock { $0.errorOfFirstAttempts = error }
    }

    /// Lets publishing wait until ``openGate()``.
    func shutGate() { state.withLock { $0.gate = [] } }

    func openGate() {
        let waiting = state.withLock { state in
            defer { state.gate = nil }
            return state.gate ?? []
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Returns once that many messages were published or wait at the gate.
    func publishing(_ count: Int) async throws {
        try await eventually("\(count) messages are being published") {
            state.withLock { $0.started >= count }
        }
    }

    func publishOnce(
        _ commands: [Command], to event: EventID,
        completion: @escaping @Sendable (Result<Void, BrokerError>) -> Void
    ) {
        let error = state.withLock { state in
            state.firstAttempts.append(.now)
            return state.errorOfFirstAttempts
        }
        if let error {
            state.withLock { state in
                state.nesting += 1
                state.deepestNesting = max(state.deepestNesting, state.nesting)
            }
            completion(.failure(error))
            return state.withLock { $0.nesting -= 1 }
        }
        Task {
            do throws(BrokerError) {
                completion(
                    .success(try await publish(commands, to: event, after: nil, since: .now)))
            } catch { completion(.failure(error)) }
        }
    }

    func publish(
        _ commands: [Command], to event: EventID, after failure: BrokerError?,
        since start: ContinuousClock.Instant
    ) async throws(BrokerError) {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOpen = state.withLock { state in
                    state.started += 1
                    state.gate?.append(continuation)
                    return state.gate == nil
                }
                if isOpen { continuation.resume() }
            }
        } onCancel: {
            // The test is over; should it have failed, nobody else opens the gate.
            openGate()
        }
        try state.withLock { state throws(BrokerError) in
            if let error = state.error { throw error }
            state.published.append(Published(event: event, commands: commands))
        }
    }

    func prepareQueue(for event: EventID) async throws(BrokerError) {
        await state.withLock { $0.preparing }?(event)
        try state.withLock { state throws(BrokerError) in
            if let error = state.error { throw error }
            state.prepared.append(event)
        }
    }

    func discardQueue(of event: EventID) async throws(BrokerError) {
        try state.withLock { state throws(BrokerError) in
            if let error = state.error { throw error }
            state.discarded.append(event)
        }
    }

    var obstacle: String? { state.withLock { $0.error?.description } }

    var isReachable: Bool { state.withLock { $0.isReachable } }

    /// A broker that refuses everything is there all the same, or not.
    func setReachable(_ isReachable: Bool) { state.withLock { $0.isReachable = isReachable } }

    func run() async throws {
        await untilCancelled()
        throw CancellationError()
    }

    func run(
        connected: @escaping @Sendable () -> Void,
        recovering recover: @escaping @Sendable () async -> Void,
        received: @escaping @Sendable (OutcomeMessage) -> Void
    ) async throws {
        connected()
        state.withLock { state in
            state.received = received
            state.connected = connected
            state.recover = recover
        }
        await untilCancelled()
        state.withLock { $0.received = nil }
        throw CancellationError()
    }

    var isConnected: Bool { state.withLock { $0.received != nil } }

    /// Speaks as a worker, once the ingress listens.
    func tell(_ message: OutcomeMessage) async throws {
        try await listening()
        state.withLock { $0.received }?(message)
    }

    /// A subscription begins again.
    func reconnect() async throws {
        try await listening()
        state.withLock { $0.connected }?()
        await state.withLock { $0.recover }?()
    }

    private func listening() async throws {
        try await eventually("the ingress listens") { isConnected }
    }
}
