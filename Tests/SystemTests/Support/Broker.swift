import AMQP
import Logging

/// The broker as a client of its own sees it.
struct Broker: Sendable {
    private let configuration: AMQPConfiguration

    init(_ services: PrivateServices) throws {
        configuration = try AMQPConfiguration(
            url: services.settings["BOXOFFICE_BROKER_URL"] ?? "", connectionName: "system test")
    }

    /// Publishes to an event's line as an ingress would, and waits for the confirm.
    func publish(_ body: String, type: String = "booking.commands.v1", to event: String)
        async throws
    {
        let confirmation = try await withChannel { channel in
            try await channel.enablePublisherConfirms()
            return try await channel.publish(
                AMQPPublishing(
                    body: Array(body.utf8), contentType: "application/json", type: type),
                to: "booking.commands", routingKey: event, mandatory: true)
        }
        guard confirmation == .confirmed else {
            throw TestFailure("the broker did not take the message: \(confirmation)")
        }
    }

    /// How many messages are ready in a queue.
    func messages(in queue: String) async throws -> Int {
        try await withChannel { channel in
            let status = try await channel.declareQueue(
                AMQPQueueDeclaration(name: queue, passive: true))
            return Int(status.messageCount)
        }
    }

    /// How many consumers a queue has.
    func consumers(of queue: String) async throws -> Int {
        try await withChannel { channel in
            let status = try await channel.declareQueue(
                AMQPQueueDeclaration(name: queue, passive: true))
            return Int(status.consumerCount)
        }
    }

    /// Empties a queue and tells how many messages were ready in it.
    ///
    /// With no consumer left that is all there were; unlike a passive declaration, it does not
    /// answer zero when the queue's leader is slow.
    func purge(_ queue: String) async throws -> Int {
        try await withChannel { channel in Int(try await channel.purgeQueue(queue)) }
    }

    private func withChannel<Result: Sendable>(
        _ body: (AMQPChannel) async throws -> Result
    ) async throws -> Result {
        let connection = try await AMQPConnection.connect(
            configuration, logger: Logger(label: "system-test"))
        do {
            let result = try await connection.withChannel(body)
            await connection.close()
            return result
        } catch {
            await connection.close()
            throw error
        }
    }
}
