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

    /// Told how a submission ended; must not take long.
    typealias Completion = @Sendable (Result<Void, Refusal>) -> Void

    private struct State {
        var line: BatchLine
        var completions: [BatchLine.Submitter: Completion] = [:]
        var lastSubmitter: BatchLine.Submitter = 0
    }

    private let sink: any CommandSink
    private let limits: BatchLimits
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
        self.limits = limits
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

    /// Calls `completion` once the command is safe in the event's line, or will not be; the same command
    /// submitted meanwhile is published once.
    func submit(
        _ command: BookCommand, to event: EventID, completion: @escaping Completion
    ) {
        let submission = state.withLock { state in
            state.lastSubmitter += 1
            let submission = state.line.submit(
                command, to: event, by: state.lastSubmitter, until: .now + patience)
            switch submission {
            case .depart, .wait: state.completions[state.lastSubmitter] = completion
            case .keyReused, .full: break
            }
            return submission
        }
        switch submission {
        case .depart(let flight): departing.yield(flight)
        case .wait: break
        case .keyReused: completion(.failure(.keyReused))
        case .full: completion(.failure(.overloaded(.commands)))
        }
    }

    /// Publishes a batch, and then the event's next ones, until nothing has gathered.
    private func fly(_ first: BatchLine.Flight) async {
        var flight: BatchLine.Flight? = first
        while let current = flight {
            let departure = ContinuousClock.now
            let answer = await publish(current)
            let waiters = state.withLock { state in
                state.line.land(current.event).compactMap {
                    state.completions.removeValue(forKey: $0)
                }
            }
            for waiter in waiters { waiter(answer) }
            if current.commands.count >= limits.busyMin {
                try? await Task.sleep(until: departure + limits.busyInterval, clock: .continuous)
            }
            flight = state.withLock { $0.line.depart(current.event) }
        }
    }

    private func publish(_ flight: BatchLine.Flight) async -> Result<Void, Refusal> {
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
                    state.completions.removeValue(forKey: $0)
                }
            }
            for waiter in expired { waiter(.failure(.unavailable(.broker))) }
        }
    }
}
