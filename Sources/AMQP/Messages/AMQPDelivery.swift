/// A message delivered to a consumer.
///
/// The fields of ``AMQPProperties`` are also fields of the delivery itself: `delivery.messageID`.
@dynamicMemberLookup
public struct AMQPDelivery: Sendable, Hashable {
    /// The consumer it was delivered to.
    public var consumerTag: String

    /// The number to acknowledge it by, on the channel it came from and no other.
    public var deliveryTag: UInt64

    /// Whether it has been delivered before, perhaps to someone else.
    public var isRedelivered: Bool

    /// The exchange it was published to.
    public var exchange: String

    /// The routing key it was published with.
    public var routingKey: String

    /// The body.
    public var body: [UInt8]

    /// What the message says about itself.
    public var properties: AMQPProperties

    /// A delivery, for tests of code that consumes them.
    public init(
        consumerTag: String, deliveryTag: UInt64, isRedelivered: Bool = false, exchange: String,
        routingKey: String, body: [UInt8], properties: AMQPProperties = AMQPProperties()
    ) {
        self.consumerTag = consumerTag
        self.deliveryTag = deliveryTag
        self.isRedelivered = isRedelivered
        self.exchange = exchange
        self.routingKey = routingKey
        self.body = body
        self.properties = properties
    }

    /// A field of the properties.
    public subscript<Value>(dynamicMember field: KeyPath<AMQPProperties, Value>) -> Value {
        properties[keyPath: field]
    }
}

/// What happens on a channel that consumes.
public enum AMQPChannelEvent: Sendable, Hashable {
    /// A message arrived.
    case delivery(AMQPDelivery)
    /// The broker ended the consumer: its queue was deleted, or lost its leader.
    case consumerCancelled(tag: String)
}
