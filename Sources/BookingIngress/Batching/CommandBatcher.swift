import BookingBroker
import BookingDomain
import Logging
import Synchronization

/// Puts commands into their events' lines, many to a message when many come.
///
/// ``CommandOutbox`` decides; this performs: publishes, and tells each submitter what came of it.
final class CommandBatcher: Sendable {
    /// How often submitters whose time is over are looked for.
    private static let sweepInterval = Duration.milliseconds(25)

    /// Told how a submission ended; must not take long.
    typealias Completion = @Sendable (Result<Void, Refusal>) -> Void

    /// Somebody who waits for the end of a submission: in a collection, a bare closure would be wrapped in
    /// another one.
    private struct Submitter: Sendable {
        let complete: Completion
    }

    private struct State {
        var outbox: CommandOutbox
        var submitters: [CommandOutbox.Submitter: Submitter] = [:]
        var lastSubmitter: CommandOutbox.Submitter = 0
    }

    private let sink: any CommandSink
    private let limits: BatchLimits
    private let metrics: IngressMetrics
    private let logger: Logger
    private let state: Mutex<State>
    private let followUps: AsyncStream<FollowUp>
    private let followUp: AsyncStream<FollowUp>.Continuation

    /// What needs a task, since it takes more than a call or two.
    private enum FollowUp {
        /// Publish a batch that the broker did not take at once.
        case insist(on: CommandOutbox.Flight, after: BrokerError, since: ContinuousClock.Instant)
        /// Let the event's next batch go from that time on.
        case resume(EventID, at: ContinuousClock.Instant)
    }

    /// A batcher whose submitters wait for `patience` at most.
    init(
        sink: any CommandSink, limits: BatchLimits, patience: Duration, metrics: IngressMetrics,
        logger: Logger
    ) {
        self.sink = sink
        self.limits = limits
        self.metrics = metrics
        self.logger = logger
        state = Mutex(State(outbox: CommandOutbox(limits: limits, patience: patience)))
        // Bounded by the outbox: there is at most one follow-up for each event in it.
        (followUps, followUp) = AsyncStream.makeStream()
    }

    /// How many commands wait for a batch of their event to return.
    var gathered: Int { state.withLock { $0.outbox.gathered } }

    /// Sees to what cannot be done at once, until cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.sweep() }
            for await followUp in followUps {
                group.addTask { await self.run(followUp) }
            }
            group.cancelAll()
        }
    }

    private func run(_ followUp: FollowUp) async {
        switch followUp {
        case .insist(let flight, let failure, let departure):
            let result: Result<Void, BrokerError>
            do throws(BrokerError) {
                try await sink.publish(
                    flight.commands, to: flight.event, after: failure, since: departure)
                result = .success(())
            } catch { result = .failure(error) }
            land(flight, result, since: departure)
        case .resume(let event, let time):
            if time > .now { try? await Task.sleep(until: time, clock: .continuous) }
            resume(event)
        }
    }

    /// Calls `completion` once the command is safe in the event's line, or will not be; the same command
    /// submitted meanwhile is published once.
    func submit(
        _ command: Command, completion: @escaping Completion
    ) {
        let (submission, flight) = state.withLock { state in
            let now = ContinuousClock.now
            state.lastSubmitter += 1
            let submission = state.outbox.submit(
                command, by: state.lastSubmitter, at: now)
            guard submission == .taken else { return (submission, CommandOutbox.Flight?.none) }
            state.submitters[state.lastSubmitter] = Submitter(complete: completion)
            return (submission, state.outbox.next(at: now))
        }
        switch submission {
        case .taken: depart(flight)
        case .keyReused: completion(.failure(.keyReused))
        case .full: completion(.failure(.overloaded(.commands)))
        }
    }

    /// Publishes a batch, and those whose turn comes next.
    private func depart(_ first: CommandOutbox.Flight?) {
        var next = first
        while let flight = next {
            publish(flight)
            next = state.withLock { $0.outbox.next(at: .now) }
        }
    }

    private func publish(_ flight: CommandOutbox.Flight) {
        let departure = ContinuousClock.now
        sink.publishOnce(flight.commands, to: flight.event) { [self] result in
            if case .failure(let error) = result, error.isWorthInsisting {
                followUp.yield(.insist(on: flight, after: error, since: departure))
            } else {
                land(flight, result, since: departure)
            }
        }
    }

    /// Tells what came of a batch, and sees to what goes next.
    private func land(
        _ flight: CommandOutbox.Flight, _ result: Result<Void, BrokerError>,
        since departure: ContinuousClock.Instant
    ) {
        metrics.published(flight.commands.count, in: .now - departure)
        let answer = result.mapError { error in
            logger.debug(
                "a batch of commands was not taken by the broker",
                metadata: ["error": "\(error)", "commands": "\(flight.commands.count)"])
            metrics.publishFailed(error.code)
            return error.code == .overloaded ? .overloaded(.commands) : brokerAway
        }
        let submitters = state.withLock { state in
            state.outbox.land(flight).compactMap { state.submitters.removeValue(forKey: $0) }
        }
        for submitter in submitters { submitter.complete(answer) }
        // Without a broker every batch fails while it is published: the next must not go from here.
        guard case .success = answer else {
            followUp.yield(.resume(flight.event, at: departure))
            return
        }
        if flight.commands.count >= limits.busyMin {
            followUp.yield(.resume(flight.event, at: departure + limits.busyInterval))
            depart(state.withLock { $0.outbox.next(at: .now) })
        } else {
            resume(flight.event)
        }
    }

    /// Lets what has gathered for an event whose batch has landed go in its turn.
    private func resume(_ event: EventID) {
        depart(
            state.withLock { state in
                state.outbox.resume(event)
                return state.outbox.next(at: .now)
            })
    }

    private func sweep() async {
        while (try? await Task.sleep(for: Self.sweepInterval)) != nil {
            let (expired, flight) = state.withLock { state in
                let now = ContinuousClock.now
                let expired = state.outbox.expire(at: now).compactMap { expiry in
                    state.submitters.removeValue(forKey: expiry.submitter).map {
                        (submitter: $0, isBrokerSilent: expiry.isBrokerSilent)
                    }
                }
                return (expired, state.outbox.next(at: now))
            }
            depart(flight)
            for (submitter, isBrokerSilent) in expired {
                submitter.complete(.failure(isBrokerSilent ? brokerAway : .overloaded(.commands)))
            }
        }
    }

    /// Why the broker has taken nothing.
    private var brokerAway: Refusal {
        sink.isReachable && sink.obstacle != nil ? .brokerFull : .unavailable(.broker)
    }
}
