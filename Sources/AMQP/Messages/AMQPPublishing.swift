/// A message to publish.
///
/// The fields of ``AMQPProperties`` are also fields of the message itself: `publishing.messageID`.
@dynamicMemberLookup
public struct AMQPPublishing: Sendable, Hashable {
    /// The body.
    public var body: [UInt8]

    /// What the message says about itself.
    public var properties: AMQPProperties

    /// A message with the given body and properties, persistent unless said otherwise.
    public init(
        body: [UInt8], contentType: String? = nil, contentEncoding: String? = nil,
        type: String? = nil, messageID: String? = nil, correlationID: String? = nil,
        appID: String? = nil, isPersistent: Bool = true, timestamp: UInt64? = nil,
        expiration: Duration? = nil, priority: UInt8? = nil, headers: AMQPTable = [:]
    ) {
        self.body = body
        properties = AMQPProperties(isPersistent: isPersistent, headers: headers)
        properties.contentType = contentType
        properties.contentEncoding = contentEncoding
        properties.type = type
        properties.messageID = messageID
        properties.correlationID = correlationID
        properties.appID = appID
        properties.timestamp = timestamp
        properties.expiration = expiration
        properties.priority = priority
    }

    /// A message with the given body and properties.
    public init(body: [UInt8], properties: AMQPProperties) {
        self.body = body
        self.properties = properties
    }

    /// A field of the properties.
    public subscript<Value>(
        dynamicMember field: WritableKeyPath<AMQPProperties, Value>
    ) -> Value {
        get { properties[keyPath: field] }
        set { properties[keyPath: field] = newValue }
    }
}

/// What the broker said about a message published with confirms.
public enum AMQPConfirmation: Sendable, Hashable {
    /// The broker has the message; published `mandatory`, at least one queue has it.
    case confirmed
    /// The message was `mandatory` and no queue took it; the broker dropped it.
    case returned(code: UInt16, text: String)
    /// The broker could not or would not take the message (a full queue that rejects, a failure).
    case nacked
}

/// A message on its way out; a class so that handing it on costs a pointer.
final class Publication: Sendable, Equatable {
    let exchange: String
    let routingKey: String
    let isMandatory: Bool
    let publishing: AMQPPublishing

    init(exchange: String, routingKey: String, isMandatory: Bool, publishing: AMQPPublishing) {
        self.exchange = exchange
        self.routingKey = routingKey
        self.isMandatory = isMandatory
        self.publishing = publishing
    }

    static func == (left: Publication, right: Publication) -> Bool {
        left === right
            || (left.exchange == right.exchange && left.routingKey == right.routingKey
                && left.isMandatory == right.isMandatory && left.publishing == right.publishing)
    }

    /// Throws when the message cannot be sent.
    func validate() throws(AMQPError) {
        try exchange.validateShortString("The exchange name")
        try routingKey.validateShortString("The routing key")
        guard publishing.body.count <= AMQPLimits.publishBodyBytesMax else {
            throw .invalidRequest("A body of \(publishing.body.count) bytes is above the limit.")
        }
        try publishing.properties.validate()
    }
}
