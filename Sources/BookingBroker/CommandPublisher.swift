package import AMQP
package import BookingDomain
import BookingMessages
import FaultPoints
package import Logging

/// Puts commands into the lines of their events.
package final class CommandPublisher: Sendable {
    private let publisher: AMQPPublisher

    package init(configuration: AMQPConfiguration, publishTimeout: Duration, logger: Logger) {
        publisher = .booking(configuration, publishTimeout: publishTimeout, logger: logger)
    }

    /// Keeps the connection to the broker until cancelled.
    package func run() async throws { try await publisher.run() }

    /// Whether publishing is possible now, and if not, why.
    package var state: AMQPPublisherState { publisher.state }

    /// Publishes `commands` as one message; returns once the broker has it safe in the event's queue.
    ///
    /// An event whose queue does not exist yet gets it, and the message is published once more; so is
    /// one that the broker refused, over a new channel: a queue that has just been made refuses now
    /// and then, and one whose leader died may refuse a channel for long. Should it get there twice,
    /// it is applied once.
    package func publish(_ commands: [BookCommand], to event: EventID) async throws(BrokerError) {
        let message = CommandMessage(event: event, commands: commands)
        let publishing = AMQPPublishing(
            body: message.encoded, contentType: "application/json", type: CommandMessage.type,
            isPersistent: true)
        var last = try await confirmation(of: publishing, to: event)
        if last == .confirmed { return }
        let isRefused = last == .nacked
        if !isRefused { try await prepareQueue(for: event) }
        last = try await confirmation(of: publishing, to: event, onNewChannel: isRefused)
        switch last {
        case .confirmed: return
        case .returned: throw BrokerError(.unroutable, "the event has no queue")
        case .nacked: throw BrokerError(.refused, "the event's queue is full")
        }
    }

    /// Declares the event's queue, so that its first booking finds it.
    package func prepareQueue(for event: EventID) async throws(BrokerError) {
        do {
            try await publisher.withChannel { channel in
                try await BookingTopology.declareQueue(of: event, on: channel)
            }
        } catch {
            throw (error as? AMQPError).map(BrokerError.init)
                ?? BrokerError(.unavailable, "the event's queue cannot be declared")
        }
    }

    private func confirmation(
        of publishing: AMQPPublishing, to event: EventID, onNewChannel: Bool = false
    ) async throws(BrokerError) -> AMQPConfirmation {
        do throws(AMQPError) {
            return try await publisher.publish(
                publishing, to: BookingTopology.commands, routingKey: event.description,
                mandatory: !PlantedBug.noMandatoryFlag.isOn, onNewChannel: onNewChannel)
        } catch { throw BrokerError(error) }
    }
}
