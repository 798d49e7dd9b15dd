/// A frame from the broker, copied out of the library's memory.
enum InboundFrame: Equatable {
    case method(InboundMethod, on: UInt16)
    case header(bodyBytes: UInt64, AMQPProperties, on: UInt16)
    case body([UInt8], on: UInt16)
}

/// The methods a broker sends to a client after the login.
enum InboundMethod: Equatable {
    case connectionClose(code: UInt16, text: String)
    case connectionCloseOK
    case connectionBlocked(reason: String)
    case connectionUnblocked
    case channelClose(code: UInt16, text: String)
    case channelFlow(isActive: Bool)
    case deliver(DeliveryHead)
    case returned(ReturnHead)
    case confirm(deliveryTag: UInt64, multiple: Bool, isPositive: Bool)
    case consumerCancel(tag: String, expectsReply: Bool)
    case reply(ReplyKind, Reply)
    /// A method this client has no use for.
    case unknown(id: UInt32)
}

/// What `basic.deliver` says before the content.
struct DeliveryHead: Equatable {
    var consumerTag: String
    var deliveryTag: UInt64
    var isRedelivered: Bool
    var exchange: String
    var routingKey: String
}

/// What `basic.return` says before the content.
struct ReturnHead: Equatable {
    var code: UInt16
    var text: String
    var exchange: String
    var routingKey: String
}

/// The replies to synchronous methods.
enum ReplyKind: Equatable {
    case channelOpenOK
    case channelCloseOK
    case exchangeDeclareOK
    case exchangeDeleteOK
    case exchangeBindOK
    case exchangeUnbindOK
    case queueDeclareOK
    case queueBindOK
    case queueUnbindOK
    case queueDeleteOK
    case queuePurgeOK
    case qosOK
    case consumeOK
    case cancelOK
    case confirmSelectOK
}

/// What a reply carries.
enum Reply: Equatable, Sendable {
    case done
    case opened(ChannelID)
    case queue(AMQPQueueStatus)
    case messages(UInt32)
    case consumer(tag: String)
}

/// A channel, told apart from later ones that get the same number.
struct ChannelID: Hashable, Sendable {
    let number: UInt16
    let serial: UInt64
}
