package import AMQP
package import BookingDomain
package import BookingKeys
package import Logging

/// Publishes a shard owner's own commands into the queues of its events.
///
/// It has a connection of its own: at a resource alarm RabbitMQ reads nothing more from one that publishes, not
/// even acknowledgements.
package final class OwnerPublisher: Sendable {
    /// The longest that a message may wait for its confirm.
    package static let publishTimeMax = Duration.seconds(10)

    private let publisher: AMQPPublisher
    private let authenticator: CommandAuthenticator?

    /// - Parameters:
    ///   - configuration: The broker.
    ///   - authenticator: What messages are given their codes by; without it they have none.
    ///   - logger: Where to tell what happens.
    package init(
        configuration: AMQPConfiguration, authenticator: CommandAuthenticator? = nil, logger: Logger
    ) {
        self.authenticator = authenticator
        publisher = .booking(
            configuration, to: [.commands], publishTimeout: Self.publishTimeMax, logger: logger)
    }

    /// Keeps the connection to the broker until cancelled.
    package func run() async throws { try await publisher.run() }

    /// Whether publishing is possible now, and if not, why.
    package var state: AMQPPublisherState { publisher.state }

    /// Publishes a message, and returns once the broker has it safe at the end of the event's queue.
    ///
    /// One attempt: it makes no queue and does not insist.
    ///
    /// - Parameters:
    ///   - body: The message as it is to be delivered.
    ///   - type: Its type, such as `booking.commands.v1`.
    ///   - event: Whose queue.
    ///   - time: How long the broker may take to confirm it.
    /// - Throws: `blocked` and `unavailable` (not connected) at once, with nothing sent; `unroutable` without a
    ///   queue; `refused` when the queue is full or has no leader; `unknown` when the broker did not say in
    ///   time: it may have the message, or take it later, when an alarm is over.
    package func publish(
        _ body: [UInt8], type: String, to event: EventID, within time: Duration
    ) async throws(BrokerError) {
        let publishing = AMQPPublishing(
            body, type: type, to: event, codedBy: authenticator)
        let confirmation: AMQPConfirmation
        do throws(AMQPError) {
            confirmation = try await publisher.publish(
                publishing, to: BookingTopology.commands, routingKey: event.description,
                mandatory: true, timeout: min(time, Self.publishTimeMax))
        } catch {
            let isBlocked = error.code == .unavailable && publisher.state == .blocked
            throw isBlocked ? BrokerError(.blocked, error.description) : BrokerError(error)
        }
        if let refusal = confirmation.refusal { throw refusal }
    }
}
