package import AMQP
package import BookingMessages
package import Logging
import Synchronization

/// Hears every outcome of every shard, while the connection lasts.
package final class OutcomeSubscriber: Sendable {
    /// The most messages taken from the broker at once.
    private static let prefetch: UInt16 = 256

    private let configuration: AMQPConfiguration
    private let logger: Logger
    private let connected = Mutex(false)

    package init(configuration: AMQPConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
    }

    /// Whether outcomes are being heard now.
    package var isConnected: Bool { connected.withLock { $0 } }

    /// Subscribes again and again until cancelled.
    /// - Parameters:
    ///   - subscribed: Called when a subscription begins, before its first message.
    ///   - recover: Called meanwhile: outcomes may have been missed before.
    ///   - received: Called for each message, in order.
    /// - Throws: When cancelled.
    package func run(
        connected subscribed: @escaping @Sendable () -> Void,
        recovering recover: @escaping @Sendable () async -> Void,
        received: @escaping @Sendable (OutcomeMessage) -> Void
    ) async throws {
        try await AMQPConnection.withReconnection(
            configuration, backoff: .booking, logger: logger
        ) { connection in
            let channel = try await connection.openChannel()
            try await BookingTopology.declare([.outcomes], on: channel)
            let queue = try await BookingTopology.declareOutcomeQueue(on: channel)
            try await channel.setPrefetch(Self.prefetch)
            _ = try await channel.consume(queue)
            subscribed()
            self.connected.withLock { $0 = true }
            defer { self.connected.withLock { $0 = false } }
            try await withThrowingTaskGroup { group in
                group.addTask { await recover() }
                try await self.receive(on: channel, received)
                group.cancelAll()
            }
        }
    }

    private func note(_ error: MessageError) {
        switch error.code {
        case .malformed:
            logger.error("an outcome message cannot be read", metadata: ["problem": "\(error)"])
        case .unknown:
            // What it tells is in the database; that something was told shows in the messages after it.
            logger.notice(
                "an outcome message is another version's", metadata: ["problem": "\(error)"])
        }
    }

    private func receive(
        on channel: AMQPChannel, _ received: @Sendable (OutcomeMessage) -> Void
    ) async throws {
        while true {
            for event in try await channel.nextEvents(max: Int(Self.prefetch)) {
                guard case .delivery(let delivery) = event else {
                    throw BrokerError(.unavailable, "the broker cancelled the subscription")
                }
                do throws(MessageError) {
                    received(
                        try OutcomeMessage(body: delivery.body, type: delivery.properties.type))
                } catch { note(error) }
                // Nothing hangs on these messages: what is lost here is found in the database.
                try await channel.acknowledge(upTo: delivery.deliveryTag, multiple: false)
            }
        }
    }
}
