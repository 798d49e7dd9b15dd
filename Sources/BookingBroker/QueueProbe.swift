package import AMQP
package import BookingDomain
package import Logging

/// Finds out whether an event's queue can be consumed, over a connection of its own.
///
/// RabbitMQ shows a queue to everybody before it has started, which may take seconds on a node that is busy
/// writing; it ends the connection over which such a queue is consumed. A queue without a leader hangs
/// the channel that consumes it. Neither is to happen to a shard's consumer.
package struct QueueProbe: Sendable {
    private let configuration: AMQPConfiguration
    private let logger: Logger

    package init(configuration: AMQPConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
    }

    /// Why the event's queue, which is made if need be, cannot be consumed; `nil` when it can.
    ///
    /// What it delivers meanwhile goes back in order: of messages that came back from the last consumer it
    /// must be all, for what comes back once more stands behind them.
    package func obstacle(for event: EventID) async -> String? {
        do {
            try await AMQPConnection.with(configuration, logger: logger) { connection in
                try await connection.withChannel { channel in
                    try await BookingTopology.declareQueue(of: event, on: channel)
                    try Task.checkCancellation()
                    try await channel.setPrefetch(ShardConsumer.prefetch)
                    _ = try await channel.consume(BookingTopology.queue(of: event))
                }
            }
            return nil
        } catch { return "\(error)" }
    }
}
