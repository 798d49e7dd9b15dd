/// The methods this client sends after the login, but for `basic.publish`.
enum OutboundMethod: Equatable, Sendable {
    case connectionClose
    case connectionCloseOK
    case channelOpen
    case channelClose
    case channelCloseOK
    case channelFlowOK(isActive: Bool)
    case exchangeDeclare(ExchangeDeclaration)
    case exchangeDelete(name: String, ifUnused: Bool)
    case exchangeBind(Binding)
    case exchangeUnbind(Binding)
    case queueDeclare(AMQPQueueDeclaration, noWait: Bool = false)
    case queueBind(Binding, noWait: Bool = false)
    case queueUnbind(Binding)
    case queueDelete(name: String, ifUnused: Bool, ifEmpty: Bool)
    case queuePurge(name: String)
    case qos(prefetch: UInt16)
    case consume(Consumption)
    case cancel(tag: String)
    case cancelOK(tag: String)
    case confirmSelect
    case ack(deliveryTag: UInt64, multiple: Bool)
    case reject(deliveryTag: UInt64, requeue: Bool)

    struct ExchangeDeclaration: Equatable, Sendable {
        var name: String
        var kind: AMQPExchangeKind
        var isDurable: Bool
        var isAutoDelete: Bool
        var isInternal: Bool
        var isPassive: Bool
        var arguments: AMQPTable
    }

    /// A binding of a queue or an exchange, the destination, to an exchange, the source.
    struct Binding: Equatable, Sendable {
        var destination: String
        var source: String
        var routingKey: String
        var arguments: AMQPTable
    }

    struct Consumption: Equatable, Sendable {
        var queue: String
        var tag: String
        var isExclusive: Bool
        var arguments: AMQPTable
    }

    /// The reply the broker owes, nil when there is none.
    var expectedReply: ReplyKind? {
        switch self {
        case .channelOpen: .channelOpenOK
        case .channelClose: .channelCloseOK
        case .exchangeDeclare: .exchangeDeclareOK
        case .exchangeDelete: .exchangeDeleteOK
        case .exchangeBind: .exchangeBindOK
        case .exchangeUnbind: .exchangeUnbindOK
        case .queueDeclare(_, let noWait): noWait ? nil : .queueDeclareOK
        case .queueBind(_, let noWait): noWait ? nil : .queueBindOK
        case .queueUnbind: .queueUnbindOK
        case .queueDelete: .queueDeleteOK
        case .queuePurge: .queuePurgeOK
        case .qos: .qosOK
        case .consume: .consumeOK
        case .cancel: .cancelOK
        case .confirmSelect: .confirmSelectOK
        case .connectionClose, .connectionCloseOK, .channelCloseOK, .channelFlowOK, .cancelOK,
            .ack, .reject:
            nil
        }
    }

    /// Throws when a name or a table in it cannot be sent.
    func validate() throws(AMQPError) {
        switch self {
        case .exchangeDeclare(let declaration):
            try declaration.name.validateShortString("The exchange name")
            try declaration.kind.rawValue.validateShortString("The exchange kind")
            try declaration.arguments.validate()
        case .queueDeclare(let declaration, _):
            try declaration.name.validateShortString("The queue name")
            try declaration.arguments.validate()
        case .exchangeBind(let binding), .exchangeUnbind(let binding), .queueBind(let binding, _),
            .queueUnbind(let binding):
            try binding.destination.validateShortString("The destination")
            try binding.source.validateShortString("The exchange name")
            try binding.routingKey.validateShortString("The routing key")
            try binding.arguments.validate()
        case .consume(let consumption):
            try consumption.queue.validateShortString("The queue name")
            try consumption.tag.validateShortString("The consumer tag")
            try consumption.arguments.validate()
        case .exchangeDelete(let name, _), .queueDelete(let name, _, _), .queuePurge(let name):
            try name.validateShortString("The name")
        case .cancel(let tag), .cancelOK(let tag):
            try tag.validateShortString("The consumer tag")
        case .connectionClose, .connectionCloseOK, .channelOpen, .channelClose, .channelCloseOK,
            .channelFlowOK, .qos, .confirmSelect, .ack, .reject:
            break
        }
    }
}
