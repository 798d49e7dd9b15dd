/// A queue to declare.
public struct AMQPQueueDeclaration: Sendable, Hashable {
    /// The name; empty lets the broker choose one.
    public var name: String

    /// Whether it survives a restart of the broker.
    public var isDurable: Bool

    /// Whether it belongs to this connection alone and dies with it.
    public var isExclusive: Bool

    /// Whether it is deleted when its last consumer leaves.
    public var isAutoDelete: Bool

    /// Whether it is only asked about: a queue that does not exist is an error then.
    public var isPassive: Bool

    /// Further arguments, such as `x-queue-type`.
    public var arguments: AMQPTable

    /// A declaration; durable unless said otherwise.
    public init(
        name: String = "", durable: Bool = true, exclusive: Bool = false, autoDelete: Bool = false,
        passive: Bool = false, arguments: AMQPTable = [:]
    ) {
        self.name = name
        isDurable = durable
        isExclusive = exclusive
        isAutoDelete = autoDelete
        isPassive = passive
        self.arguments = arguments
    }
}

/// What the broker answers to the declaration of a queue.
public struct AMQPQueueStatus: Sendable, Hashable {
    /// The name, the broker's choice if none was given.
    public var name: String

    /// Messages ready to be delivered; unacknowledged ones are not counted.
    ///
    /// A quorum queue whose leader is slow answers zero for both counts: take 0/0 for unknown.
    public var messageCount: UInt32

    /// Consumers of the queue.
    public var consumerCount: UInt32

    /// A status.
    public init(name: String, messageCount: UInt32, consumerCount: UInt32) {
        self.name = name
        self.messageCount = messageCount
        self.consumerCount = consumerCount
    }
}

/// How an exchange chooses the queues for a message.
public struct AMQPExchangeKind: Sendable, Hashable, RawRepresentable {
    /// The name of the kind in the protocol.
    public var rawValue: String

    /// A kind by name, such as one that a plugin provides.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// By equal routing key.
    public static let direct = AMQPExchangeKind(rawValue: "direct")
    /// All that are bound.
    public static let fanout = AMQPExchangeKind(rawValue: "fanout")
    /// By pattern of the routing key.
    public static let topic = AMQPExchangeKind(rawValue: "topic")
    /// By header fields.
    public static let headers = AMQPExchangeKind(rawValue: "headers")
}
