/// What a message says about itself, beside its body.
public struct AMQPProperties: Sendable, Hashable {
    /// The MIME type of the body.
    public var contentType: String?

    /// How the body is encoded.
    public var contentEncoding: String?

    /// The name of the kind of message.
    public var type: String?

    /// The identity of the message.
    public var messageID: String?

    /// What the message belongs to or answers.
    public var correlationID: String?

    /// Where answers go.
    public var replyTo: String?

    /// The program that published the message.
    public var appID: String?

    /// The user that published the message; the broker checks it.
    public var userID: String?

    /// Whether the broker writes the message to disk in durable queues.
    public var isPersistent: Bool

    /// When the message was made, in seconds since 1970.
    public var timestamp: UInt64?

    /// How long the message may wait in a queue; whole milliseconds count.
    public var expiration: Duration?

    /// The priority, for queues that have any.
    public var priority: UInt8?

    /// Further fields.
    public var headers: AMQPTable

    /// Properties with nothing set, of a message that is persistent or not.
    public init(isPersistent: Bool = true, headers: AMQPTable = [:]) {
        self.isPersistent = isPersistent
        self.headers = headers
    }

    /// Throws when the properties cannot be sent.
    func validate() throws(AMQPError) {
        let texts = [
            contentType, contentEncoding, type, messageID, correlationID, replyTo, appID, userID,
        ]
        for case let text? in texts { try text.validateShortString("A message property") }
        if let expiration, expiration < .zero {
            throw .invalidRequest("The expiration is negative.")
        }
        try headers.validate()
    }
}
