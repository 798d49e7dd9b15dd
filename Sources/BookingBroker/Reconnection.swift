package import AMQP

extension AMQPPublisherState {
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
