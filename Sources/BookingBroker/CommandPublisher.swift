package import AMQP
package import BookingDomain
import BookingMessages
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
    /// An event whose queue does not exist yet gets it, and the message is published once more.
    package func publish(_ commands: [BookCommand], to event: EventID) async throws(BrokerError) {
        let message = CommandMessage(event: event, commands: commands)
        let body: [UInt8]
        do { body = try message.encoded() } catch {
            throw BrokerError(.malformed, error.description)
        }
        let publishing = AMQPPublishing(
            body: body, contentType: "application/json", type: CommandMessage.type,
            isPersistent: true)
        if try await take(publishing, to: event) { return }
        try await prepareQueue(for: event)
        if try await take(publishing, to: event) { return }
        throw BrokerError(.unroutable, "the event has no queue")
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

    /// Whether the broker has taken the message; `false` when there is no queue for it.
    private func take(
        _ publishing: AMQPPublishing, to event: EventID
    ) async throws(BrokerError) -> Bool {
        let confirmation: AMQPConfirmation
        do throws(AMQPError) {
            confirmation = try await publisher.publish(
                publishing, to: BookingTopology.commands, routingKey: event.description,
                mandatory: true)
        } catch { throw BrokerError(error) }
        switch confirmation {
        case .confirmed: return true
        case .returned: return false
        case .nacked: throw BrokerError(.refused, "the event's queue is full")
        }
    }
}
