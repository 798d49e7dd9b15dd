package import AMQP
package import BookingDomain
package import BookingMessages
import FaultPoints
package import Logging

/// Tells the world what was decided, and what could not be applied: news, not records.
package final class OutcomePublisher: Sendable {
    private let publisher: AMQPPublisher

    package init(configuration: AMQPConfiguration, publishTimeout: Duration, logger: Logger) {
        publisher = .booking(
            configuration, to: [.outcomes, .dead], publishTimeout: publishTimeout, logger: logger)
    }

    /// Keeps the connection to the broker until cancelled.
    package func run() async throws { try await publisher.run() }

    /// Whether publishing is possible now, and if not, why.
    package var state: AMQPPublisherState { publisher.state }

    /// Publishes outcomes to every instance that listens; returns once the broker has them.
    package func publish(_ message: OutcomeMessage) async throws(BrokerError) {
        FaultPoint.midPublish.passUnderWay()
        // Not persistent: the queues it goes to end with their connections.
        try await put(
            AMQPPublishing(
                body: message.encoded, contentType: "application/json", type: OutcomeMessage.type,
                isPersistent: false),
            to: BookingTopology.outcomes)
    }

    /// Tells of a letter in the queue of the dead; returns once the broker has it safe.
    package func publish(_ letter: DeadLetter) async throws(BrokerError) {
        try await put(
            AMQPPublishing(
                body: letter.body, contentType: "application/json", type: letter.type,
                isPersistent: true,
                headers: [
                    "x-boxoffice-queue": .string(BookingTopology.queue(of: letter.event)),
                    "x-boxoffice-problem": .string(letter.problem),
                ]),
            to: BookingTopology.dead)
    }

    private func put(_ publishing: AMQPPublishing, to exchange: String) async throws(BrokerError) {
        var confirmation: AMQPConfirmation
        do throws(AMQPError) {
            confirmation = try await publisher.publish(publishing, to: exchange, routingKey: "")
            if confirmation == .nacked {
                confirmation = try await publisher.publish(
                    publishing, to: exchange, routingKey: "", onNewChannel: true)
            }
        } catch { throw BrokerError(error) }
        guard confirmation == .confirmed else {
            throw BrokerError(.refused, "the broker refused a message to \(exchange)")
        }
    }
}

/// A message, or a command of one, that could not be applied.
package struct DeadLetter: Sendable {
    package let body: [UInt8]
    package let type: String?
    /// The event in whose line it stood.
    package let event: EventID
    /// Why it is here.
    package let problem: String

    /// Why a message is here that decided nothing, since nobody knows that one of us published it.
    package static let forged = "its code is none of ours: somebody else published or changed it"
    /// The same of one without a code, where messages must have one.
    package static let unauthenticated = "it has no code, and commands must be authenticated"

    package init(body: [UInt8], type: String?, event: EventID, problem: String) {
        self.body = body
        self.type = type
        self.event = event
        self.problem = problem
    }
}
