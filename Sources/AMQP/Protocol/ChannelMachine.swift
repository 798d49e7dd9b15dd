/// What is known of one channel, and what its frames lead to.
///
/// `opening` moves to `open` with the broker's reply, or to `closing` when that does not come in
/// time. `open` moves to `closing` when we close it; `closing` ends with the broker's reply. From
/// any of them the channel is over when the broker closes it, save that a `closing` one still
/// waits for the reply it is owed.
struct ChannelMachine {
    typealias Instant = ContinuousClock.Instant

    enum Phase: Equatable {
        case opening
        case open
        case closing
    }

    let id: ChannelID
    private(set) var phase = Phase.opening
    /// Whether the number may be used again.
    private(set) var isOver = false
    private var requests = PendingRequests()
    private var confirms: ConfirmLedger?
    private var content = ContentAssembly()

    private init(id: ChannelID) { self.id = id }

    /// A channel about to be opened, and the frame that does it.
    static func opening(
        _ id: ChannelID, ticket: Ticket, deadline: Instant
    ) -> (ChannelMachine, [ConnectionAction]) {
        var channel = ChannelMachine(id: id)
        channel.requests.add(.channelOpenOK, ticket: ticket, deadline: deadline)
        return (channel, [.send(.channelOpen, on: id.number)])
    }

    var nextDeadline: Instant? {
        [requests.nextDeadline, confirms?.nextDeadline].compactMap(\.self).min()
    }

    mutating func request(
        _ method: OutboundMethod, ticket: Ticket, deadline: Instant
    ) -> [ConnectionAction] {
        guard let reply = method.expectedReply else { return [.send(method, on: id.number)] }
        guard !requests.isFull else {
            return [.answer(ticket, .failure(.overloaded("Too many requests on one channel.")))]
        }
        requests.add(reply, ticket: ticket, deadline: deadline)
        return [.send(method, on: id.number)]
    }

    mutating func publish(
        _ publication: Publication, ticket: Ticket, deadline: Instant
    ) -> [ConnectionAction] {
        guard let count = confirms?.count else {
            let error = AMQPError.invalidRequest("Publisher confirms are not enabled.")
            return [.settle(ticket, .failure(error))]
        }
        guard count < AMQPLimits.unconfirmedMax else {
            let error = AMQPError.overloaded("Too many unconfirmed messages on one channel.")
            return [.settle(ticket, .failure(error))]
        }
        confirms?.add(publication, ticket: ticket, deadline: deadline)
        return [.publish(publication, on: id.number)]
    }

    /// Closes the channel: whoever waits on it fails now, its number is kept until the reply.
    mutating func close(ticket: Ticket?, deadline: Instant) -> [ConnectionAction] {
        phase = .closing
        let failures = failAll(AMQPError.channelClosedByUs.withOutcomeUnknown)
        requests.add(.channelCloseOK, ticket: ticket, deadline: deadline)
        return failures
            + [.send(.channelClose, on: id.number), .channelEnded(id, .channelClosedByUs)]
    }

    mutating func received(_ method: InboundMethod) throws(AMQPError) -> [ConnectionAction] {
        guard !content.isUnderWay else { throw .outOfOrder("a method within a message") }
        switch method {
        case .channelClose(let code, let text):
            return closedByBroker(code: code, text: text)
        case .channelFlow(let isActive):
            return [.send(.channelFlowOK(isActive: isActive), on: id.number)]
        case .reply(let kind, let reply):
            return try received(kind, reply)
        case .deliver(let head):
            try content.begin(.delivery(head))
            return []
        case .returned(let head):
            try content.begin(.returned(head))
            return []
        case .confirm(let tag, let multiple, let isPositive):
            return try confirmed(tag, multiple: multiple, isPositive: isPositive)
        case .consumerCancel(let tag, let expectsReply):
            guard phase == .open else { return [] }
            let event = ConnectionAction.deliver(.consumerCancelled(tag: tag), on: id.number)
            return expectsReply ? [.send(.cancelOK(tag: tag), on: id.number), event] : [event]
        case .unknown(let id):
            throw AMQPError(.protocolViolation, "The broker sent the unknown method \(id).")
        case .connectionClose, .connectionCloseOK, .connectionBlocked, .connectionUnblocked:
            throw .outOfOrder("a connection method on a channel")
        }
    }

    mutating func receivedHeader(
        bodyBytes: UInt64, _ properties: AMQPProperties
    ) throws(AMQPError) -> [ConnectionAction] {
        completed(try content.header(bodyBytes: bodyBytes, properties))
    }

    mutating func receivedBody(_ fragment: [UInt8]) throws(AMQPError) -> [ConnectionAction] {
        completed(try content.body(fragment))
    }

    mutating func expire(at now: Instant) -> [ConnectionAction] {
        let timeout = AMQPError(.timeout, "The broker did not answer in time.")
        let requestTickets = requests.expire(at: now)
        var actions = requestTickets.map { ConnectionAction.answer($0, .failure(timeout)) }
        for ticket in confirms?.expire(at: now) ?? [] {
            let error = AMQPError(
                .timeout, "The broker did not confirm in time; it may have the message.")
            actions.append(.settle(ticket, .failure(error)))
        }
        if phase == .opening && !requestTickets.isEmpty {
            // Nobody waits for this channel any more: give the number back when it opens after all.
            actions += close(ticket: nil, deadline: now)
        }
        return actions
    }

    /// Ends the channel, because the broker or the connection did.
    mutating func end(_ error: AMQPError) -> [ConnectionAction] {
        let wasKnown = phase != .closing
        isOver = true
        let failures = failAll(error)
        return wasKnown ? failures + [.channelEnded(id, error)] : failures
    }
}

extension ChannelMachine {
    private mutating func received(
        _ kind: ReplyKind, _ reply: Reply
    ) throws(AMQPError) -> [ConnectionAction] {
        let ticket = try requests.match(kind)
        var answer = reply
        switch kind {
        case .channelOpenOK:
            if phase == .opening { phase = .open }
            answer = .opened(id)
        case .channelCloseOK:
            isOver = true
        case .confirmSelectOK:
            confirms = confirms ?? ConfirmLedger()
        case .exchangeDeclareOK, .exchangeDeleteOK, .exchangeBindOK, .exchangeUnbindOK,
            .queueDeclareOK, .queueBindOK, .queueUnbindOK, .queueDeleteOK, .queuePurgeOK, .qosOK,
            .consumeOK, .cancelOK:
            break
        }
        return ticket.map { [.answer($0, .success(answer))] } ?? []
    }

    private mutating func confirmed(
        _ tag: UInt64, multiple: Bool, isPositive: Bool
    ) throws(AMQPError) -> [ConnectionAction] {
        // A closing channel has forgotten its publishes.
        guard phase == .open else { return [] }
        guard confirms != nil else { throw .outOfOrder("a confirm on a channel without any") }
        let settled = try confirms?.confirm(tag, multiple: multiple, isPositive: isPositive) ?? []
        return settled.map { .settle($0.ticket, .success($0.confirmation)) }
    }

    private mutating func completed(_ message: ContentAssembly.Message?) -> [ConnectionAction] {
        guard let message, phase == .open else { return [] }
        switch message.head {
        case .delivery(let head):
            let delivery = AMQPDelivery(
                consumerTag: head.consumerTag, deliveryTag: head.deliveryTag,
                isRedelivered: head.isRedelivered, exchange: head.exchange,
                routingKey: head.routingKey, body: message.body, properties: message.properties)
            return [.deliver(.delivery(delivery), on: id.number)]
        case .returned(let head):
            if let messageID = message.properties.messageID {
                confirms?.note(head, messageID: messageID)
            }
            return []
        }
    }

    private mutating func closedByBroker(code: UInt16, text: String) -> [ConnectionAction] {
        let error = AMQPError(.channelClosed, text, replyCode: code)
        let farewell = ConnectionAction.send(.channelCloseOK, on: id.number)
        if phase == .closing {
            // Both sides said farewell at once; the reply to ours is still to come.
            requests.dropAllButClose()
            return [farewell]
        }
        return [farewell] + end(error)
    }

    /// Fails whoever waits; requests stay in line, for the replies that are on their way.
    private mutating func failAll(_ error: AMQPError) -> [ConnectionAction] {
        let answers = requests.abandonAll().map { ConnectionAction.answer($0, .failure(error)) }
        let unconfirmed = confirms?.failAll() ?? []
        return answers + unconfirmed.map { .settle($0, .failure(error)) }
    }
}

extension AMQPError {
    /// The same failure for a request that may have reached the broker.
    var withOutcomeUnknown: AMQPError {
        AMQPError(code, message, replyCode: replyCode, isSafeToRetry: false)
    }
}
