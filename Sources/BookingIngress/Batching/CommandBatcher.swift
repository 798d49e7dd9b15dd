import BookingBroker
import BookingDomain
import Logging
import Synchronization

/// Puts commands into their events' lines, many to a message when many come.
///
/// ``BatchLine`` decides; this performs: publishes, and tells each submitter what came of it.
final class CommandBatcher: Sendable {
    /// How often submitters whose time is over are looked for.
    private static let sweepInterval = Duration.milliseconds(25)

    private typealias Answer = Result<Void, Refusal>

    private struct State {
        var line: BatchLine
        var continuations: [BatchLine.Submitter: CheckedContinuation<Answer, Never>] = [:]
        var lastSubmitter: BatchLine.Submitter = 0
    }

    private let sink: any CommandSink
    private let patience: Duration
    private let metrics: IngressMetrics
    private let logger: Logger
    private let state: Mutex<State>
    private let departures: AsyncStream<BatchLine.Flight>
    private let departing: AsyncStream<BatchLine.Flight>.Continuation

    /// A batcher whose submitters wait for `patience` at most.
    init(
        sink: any CommandSink, limits: BatchLimits, patience: Duration, metrics: IngressMetrics,
        logger: Logger
    ) {
        self.sink = sink
        self.patience = patience
        self.metrics = metrics
        self.logger = logger
        state = Mutex(State(line: BatchLine(limits: limits)))
        // Bounded by the line: there is at most one flight for each event, and no event without one.
        (departures, departing) = AsyncStream.makeStream()
    }

    /// How many commands wait for a batch of their event to return.
    var gathered: Int { state.withLock { $0.line.gathered } }

    /// Publishes what is submitted, until cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.sweep() }
            for await flight in departures {
                group.addTask { await self.fly(flight) }
            }
            group.cancelAll()
        }
    }

    /// Returns once the command is safe in the event's line; the same command submitted meanwhile is
    /// published once.
    func submit(_ command: BookCommand, to event: EventID) async throws(Refusal) {
        let submitter = state.withLock { state in
            state.lastSubmitter += 1
            return state.lastSubmitter
        }
        let answer = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                enter(command, event, submitter, continuation)
            }
        } onCancel: {
            withdraw(submitter)
        }
        try answer.get()
    }

    private func enter(
        _ command: BookCommand, _ event: EventID, _ submitter: BatchLine.Submitter,
        _ continuation: CheckedContinuation<Answer, Never>
    ) {
        let submission = state.withLock { state in
            let submission = state.line.submit(
                command, to: event, by: submitter, until: .now + patience)
            switch submission {
            case .depart, .wait: state.continuations[submitter] = continuation
            case .keyReused, .full: break
            }
            return submission
        }
        switch submission {
        case .depart(let flight): departing.yield(flight)
        case .wait: break
        case .keyReused: continuation.resume(returning: .failure(.keyReused))
        case .full: continuation.resume(returning: .failure(.overloaded(.commands)))
        }
        // Cancelled before it was entered: the handler found nobody to take back.
        if Task.isCancelled { withdraw(submitter) }
    }

    private func withdraw(_ submitter: BatchLine.Submitter) {
        let continuation = state.withLock { state in
            _ = state.line.withdraw(submitter)
            return state.continuations.removeValue(forKey: submitter)
        }
        continuation?.resume(returning: .failure(.deadlineExceeded))
    }

    /// Publishes a batch, and then the event's next ones, until nothing has gathered.
    private func fly(_ first: BatchLine.Flight) async {
        var flight: BatchLine.Flight? = first
        while let current = flight {
            let answer = await publish(current)
            let (waiters, next) = state.withLock { state in
                let landing = state.line.land(current.event)
                let waiters = landing.submitters.compactMap {
                    state.continuations.removeValue(forKey: $0)
                }
                return (waiters, landing.next)
            }
            for waiter in waiters { waiter.resume(returning: answer) }
            flight = next
        }
    }

    private func publish(_ flight: BatchLine.Flight) async -> Answer {
        let start = ContinuousClock.now
        defer { metrics.published(flight.commands.count, in: .now - start) }
        do {
            try await sink.publish(flight.commands, to: flight.event)
            return .success(())
        } catch {
            logger.debug(
                "a batch of commands was not taken by the broker",
                metadata: ["error": "\(error)", "commands": "\(flight.commands.count)"])
            metrics.publishFailed(error.code)
            return .failure(
                error.code == .overloaded ? .overloaded(.commands) : .unavailable(.broker))
        }
    }

    private func sweep() async {
        while (try? await Task.sleep(for: Self.sweepInterval)) != nil {
            let expired = state.withLock { state in
                state.line.expire(at: .now).compactMap {
                    state.continuations.removeValue(forKey: $0)
                }
            }
            for waiter in expired { waiter.resume(returning: .failure(.unavailable(.broker))) }
        }
    }
}
