/// Whether a publisher can publish.
public enum AMQPPublisherState: Sendable, Hashable {
    /// Messages can be published.
    case connected
    /// The broker takes no messages because of a resource alarm.
    case blocked
    /// There is no connection: why the last one ended, nil before the first.
    case disconnected(AMQPError?)
}
