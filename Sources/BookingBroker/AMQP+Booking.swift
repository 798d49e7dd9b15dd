package import AMQP
import Logging

extension AMQPPublisher {
    /// The most messages of one publisher that may wait for the broker's confirm.
    private static let bookingInFlightMax = 4096

    /// A publisher as our processes use it: it declares what it publishes to, and comes back soon.
    static func booking(
        _ configuration: AMQPConfiguration, to parts: [BookingTopology.Part], channels: Int = 1,
        publishTimeout: Duration,
        logger: Logger
    ) -> AMQPPublisher {
        AMQPPublisher(
            configuration: configuration, channels: channels,
            inFlightMax: bookingInFlightMax, publishTimeout: publishTimeout, backoff: .booking,
            logger: logger,
            topology: { channel in try await BookingTopology.declare(parts, on: channel) })
    }
}

extension AMQPPublisherState {
    /// Whether there is a connection, though the broker may take nothing over it.
    package var isConnected: Bool {
        switch self {
        case .connected, .blocked: true
        case .disconnected: false
        }
    }

    /// Why nothing can be published now; `nil` when it can.
    package var obstacle: String? {
        switch self {
        case .connected: nil
        case .blocked: "the broker takes no messages: it is short of memory or disk"
        case .disconnected(let error):
            "not connected to the broker" + (error.map { ": \($0.description)" } ?? "")
        }
    }
}

extension AMQPBackoff {
    /// How our processes come back to a broker that was away: soon, since clients wait.
    package static let booking = AMQPBackoff(
        first: .milliseconds(50), cap: .seconds(1), resetAfter: .seconds(2))
}

extension AMQPConfiguration {
    /// The same, with `part` added to the connection's name.
    package func named(_ part: String) -> AMQPConfiguration {
        var configuration = self
        configuration.connectionName += " (\(part))"
        return configuration
    }
}
