package import AMQP

extension AMQPBackoff {
    /// How our processes come back to a broker that was away: soon, since clients wait.
    package static let booking = AMQPBackoff(
        first: .milliseconds(50), cap: .seconds(1), resetAfter: .seconds(2))
}
