package import AMQP
package import BookingDomain
package import BookingKeys
import BookingMessages
import FaultPoints
package import Logging

/// Puts commands into the lines of their events.
package final class CommandPublisher: Sendable {
    /// How many channels share the messages: after a start, many lines are joined at once.
    private static let channels = 16

    private let publisher: AMQPPublisher
    /// Makes the queues: RabbitMQ ends the whole connection over which it fails to make one.
    private let queueMaker: AMQPPublisher
    private let authenticator: CommandAuthenticator?
    private let publishTimeout: Duration

    /// - Parameters:
    ///   - configuration: The broker.
    ///   - authenticator: What messages are given their codes by; without it they have none.
    ///   - publishTimeout: How long publishing may take.
    ///   - logger: Where to tell what happens.
    package init(
        configuration: AMQPConfiguration, authenticator: CommandAuthenticator? = nil,
        publishTimeout: Duration, logger: Logger
    ) {
        self.authenticator = authenticator
        self.publishTimeout = publishTimeout
        publisher = .booking(
            configuration, to: [.commands], channels: Self.channels, publishTimeout: publishTimeout,
            logger: logger)
        queueMaker = .booking(
            configuration.named("queues"), to: [.commands], publishTimeout: publishTimeout,
            logger: logger)
    }

    /// Keeps the connections to the broker until cancelled.
    package func run() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { [queueMaker] in try await queueMaker.run() }
            group.addTask { [publisher] in try await publisher.run() }
        }
    }

    /// Whether publishing is possible now, and if not, why.
    package var state: AMQPPublisherState { publisher.state }

    /// Publishes `commands` as one message, and tells whether the broker has it safe in the event's queue.
    ///
    /// One attempt; ``publish(_:to:after:since:)`` goes on from there. `completion` may be called here and
    /// now, or by the connection's thread, and must not take long.
    package func publishOnce(
        _ commands: [Command], to event: EventID,
        completion: @escaping @Sendable (Result<Void, BrokerError>) -> Void
    ) {
        FaultPoint.submitting.pass()
        publisher.publish(
            self.publishing(commands, to: event), to: BookingTopology.commands,
            routingKey: event.description, mandatory: !PlantedBug.noMandatoryFlag.isOn
        ) { result in
            completion(
                result.mapError(BrokerError.init).flatMap { confirmation in
                    confirmation.refusal.map { .failure($0) } ?? .success(())
                })
        }
    }

    /// How long after a message was returned the event's queue is made.
    ///
    /// Perhaps it was deleted a moment ago. RabbitMQ (3.10) looks 30 ms later for a queue of that name, has the
    /// old consumer consume it without telling the client, and drops what it delivers there.
    private static let queueMakingPause = Duration.milliseconds(250)
    /// How long is waited before each further attempt of a message that was refused.
    private static let refusalPauses: [Duration] =
        [.zero] + [25, 50, 100, 200, 400, 800, 1600].map(Duration.milliseconds)

    /// Publishes `commands` as one message; returns once the broker has it safe in the event's queue.
    ///
    /// An event whose queue does not exist yet gets it, and the message is published once more; so is
    /// one that the broker refused, over a new channel, since a queue whose leader died may refuse a
    /// channel for long. A queue that refuses though nothing waits in it is not full but has no leader
    /// yet (RabbitMQ shows a queue to everybody before its leader has started), and is tried again,
    /// but not once `publishTimeout` is over: who wanted it has been told by then that it failed.
    /// Should a message get there twice, it is applied once.
    ///
    /// Goes on from the first attempt, which began at `start`, if its `failure` is given.
    package func publish(
        _ commands: [Command], to event: EventID, after failure: BrokerError? = nil,
        since start: ContinuousClock.Instant = .now
    ) async throws(BrokerError) {
        FaultPoint.submitting.pass()
        let publishing = self.publishing(commands, to: event)
        let deadline = start + publishTimeout
        var last = failure
        if last == nil { last = try await refusal(of: publishing, to: event) }
        if let returned = last, returned.code == .unroutable {
            guard .now + Self.queueMakingPause < deadline,
                (try? await Task.sleep(for: Self.queueMakingPause)) != nil
            else { throw returned }
            try await prepareQueue(for: event)
            last = try await refusal(of: publishing, to: event)
        }
        for pause in Self.refusalPauses where last?.code == .refused {
            guard .now + pause < deadline, (try? await Task.sleep(for: pause)) != nil else { break }
            let wasEmpty = try await declaredQueue(of: event).messageCount == 0
            last = try await refusal(of: publishing, to: event, onNewChannel: true)
            if last?.code == .refused, !wasEmpty { break }
        }
        if let last { throw last }
    }

    private func publishing(_ commands: [Command], to event: EventID) -> AMQPPublishing {
        AMQPPublishing(
            CommandMessage(event: event, commands: commands).encoded, type: CommandMessage.type,
            to: event, codedBy: authenticator)
    }

    /// Declares the event's queue, so that its first booking finds it.
    package func prepareQueue(for event: EventID) async throws(BrokerError) {
        _ = try await declaredQueue(of: event)
    }

    /// Deletes the queue of an event that was never made.
    package func discardQueue(of event: EventID) async throws(BrokerError) {
        _ = try await onChannel { channel in
            try await channel.deleteQueue(BookingTopology.queue(of: event))
        }
    }

    private func declaredQueue(of event: EventID) async throws(BrokerError) -> AMQPQueueStatus {
        try await onChannel { try await BookingTopology.declareQueue(of: event, on: $0) }
    }

    /// How long is waited for the connection of the queue maker, which may have made a queue in vain.
    private static let queueMakerPatience = Duration.milliseconds(300)

    /// Runs `body` with a channel of its own, for making queues.
    private func onChannel<Value: Sendable>(
        _ body: @Sendable (AMQPChannel) async throws -> Value
    ) async throws(BrokerError) -> Value {
        do {
            let deadline = ContinuousClock.now + Self.queueMakerPatience
            // Without any broker there is nothing to wait for.
            while publisher.state == .connected, queueMaker.state != .connected, .now < deadline {
                try await Task.sleep(for: .milliseconds(20))
            }
            return try await queueMaker.withChannel(body)
        } catch {
            throw (error as? AMQPError).map(BrokerError.init)
                ?? BrokerError(.unavailable, "no channel can be had")
        }
    }

    /// Publishes once more, and returns why the broker did not take it, if so.
    private func refusal(
        of publishing: AMQPPublishing, to event: EventID, onNewChannel: Bool = false
    ) async throws(BrokerError) -> BrokerError? {
        do throws(AMQPError) {
            return try await publisher.publish(
                publishing, to: BookingTopology.commands, routingKey: event.description,
                mandatory: !PlantedBug.noMandatoryFlag.isOn, onNewChannel: onNewChannel
            ).refusal
        } catch { throw BrokerError(error) }
    }
}

extension AMQPConfirmation {
    /// Why the message is not safe in an event's queue; `nil` when it is.
    var refusal: BrokerError? {
        switch self {
        case .confirmed: nil
        case .returned: BrokerError(.unroutable, "the event has no queue")
        case .nacked: BrokerError(.refused, "the event's queue is full or has no leader")
        }
    }
}
