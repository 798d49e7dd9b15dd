extension AMQPChannel {
    /// Declares an exchange, or checks that it is there as described.
    ///
    /// - Parameters:
    ///   - name: its name.
    ///   - kind: how it chooses queues.
    ///   - durable: whether it survives a restart of the broker.
    ///   - autoDelete: whether it is deleted when nothing is bound to it any more.
    ///   - isInternal: whether only other exchanges may publish to it.
    ///   - passive: only ask whether it exists.
    ///   - arguments: such as `alternate-exchange`.
    /// - Throws: `channelClosed` with 406 when it exists with other properties, 404 when asked for
    ///   passively and not there, 403 when this user may not.
    public func declareExchange(
        _ name: String, kind: AMQPExchangeKind, durable: Bool = true, autoDelete: Bool = false,
        internal isInternal: Bool = false, passive: Bool = false, arguments: AMQPTable = [:]
    ) async throws(AMQPError) {
        let declaration = OutboundMethod.ExchangeDeclaration(
            name: name, kind: kind, isDurable: durable, isAutoDelete: autoDelete,
            isInternal: isInternal, isPassive: passive, arguments: arguments)
        _ = try await request(.exchangeDeclare(declaration))
    }

    /// Deletes an exchange; one that is not there is no error.
    public func deleteExchange(_ name: String, ifUnused: Bool = false) async throws(AMQPError) {
        _ = try await request(.exchangeDelete(name: name, ifUnused: ifUnused))
    }

    /// Binds an exchange to another, the source, from which it then gets messages.
    public func bindExchange(
        _ destination: String, to source: String, routingKey: String, arguments: AMQPTable = [:]
    ) async throws(AMQPError) {
        let binding = OutboundMethod.Binding(
            destination: destination, source: source, routingKey: routingKey, arguments: arguments)
        _ = try await request(.exchangeBind(binding))
    }

    /// Undoes a binding between exchanges.
    public func unbindExchange(
        _ destination: String, from source: String, routingKey: String, arguments: AMQPTable = [:]
    ) async throws(AMQPError) {
        let binding = OutboundMethod.Binding(
            destination: destination, source: source, routingKey: routingKey, arguments: arguments)
        _ = try await request(.exchangeUnbind(binding))
    }

    /// Declares a queue, or checks that it is there as described.
    ///
    /// - Throws: `channelClosed` with 406 when it exists with other properties, 404 when asked for
    ///   passively and not there, 405 when it is exclusive to another connection, 403 when this
    ///   user may not.
    public func declareQueue(
        _ declaration: AMQPQueueDeclaration
    ) async throws(AMQPError) -> AMQPQueueStatus {
        let reply = try await request(.queueDeclare(declaration))
        guard case .queue(let status) = reply else { preconditionFailure("Not a queue status.") }
        return status
    }

    /// The same without an answer: should it fail, the channel is closed, with that reason for whatever
    /// comes next.
    ///
    /// RabbitMQ does not count the queue's messages then, for which it asks a quorum queue's leader.
    ///
    /// - Throws: `invalidRequest`, or why the channel is over.
    public func sendQueueDeclaration(_ declaration: AMQPQueueDeclaration) throws(AMQPError) {
        try send(.queueDeclare(declaration, noWait: true))
    }

    /// Binds a queue to an exchange.
    public func bindQueue(
        _ queue: String, to exchange: String, routingKey: String, arguments: AMQPTable = [:]
    ) async throws(AMQPError) {
        let binding = OutboundMethod.Binding(
            destination: queue, source: exchange, routingKey: routingKey, arguments: arguments)
        _ = try await request(.queueBind(binding))
    }

    /// The same without an answer: should it fail, the channel is closed, with that reason for whatever
    /// comes next.
    ///
    /// - Throws: `invalidRequest`, or why the channel is over.
    public func sendQueueBinding(
        _ queue: String, to exchange: String, routingKey: String, arguments: AMQPTable = [:]
    ) throws(AMQPError) {
        let binding = OutboundMethod.Binding(
            destination: queue, source: exchange, routingKey: routingKey, arguments: arguments)
        try send(.queueBind(binding, noWait: true))
    }

    /// Undoes a binding of a queue.
    public func unbindQueue(
        _ queue: String, from exchange: String, routingKey: String, arguments: AMQPTable = [:]
    ) async throws(AMQPError) {
        let binding = OutboundMethod.Binding(
            destination: queue, source: exchange, routingKey: routingKey, arguments: arguments)
        _ = try await request(.queueUnbind(binding))
    }

    /// Deletes a queue with its messages; one that is not there is no error.
    ///
    /// - Parameters:
    ///   - queue: its name.
    ///   - ifUnused: only when it has no consumers.
    ///   - ifEmpty: only when it has no messages; quorum queues do not know this.
    /// - Returns: how many messages went with it.
    /// - Throws: `channelClosed` with 406 when it is in use or not empty and was not to be.
    @discardableResult
    public func deleteQueue(
        _ queue: String, ifUnused: Bool = false, ifEmpty: Bool = false
    ) async throws(AMQPError) -> UInt32 {
        let reply = try await request(
            .queueDelete(name: queue, ifUnused: ifUnused, ifEmpty: ifEmpty))
        guard case .messages(let count) = reply else { preconditionFailure("Not a count.") }
        return count
    }

    /// Drops the messages that are ready in a queue, and returns how many there were.
    @discardableResult
    public func purgeQueue(_ queue: String) async throws(AMQPError) -> UInt32 {
        let reply = try await request(.queuePurge(name: queue))
        guard case .messages(let count) = reply else { preconditionFailure("Not a count.") }
        return count
    }
}
