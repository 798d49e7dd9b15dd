internal import CRabbitMQ

extension OutboundMethod {
    /// Calls `body` with the method's number and its C structure, which are valid during the call.
    func withWireForm(
        _ pool: WirePool,
        _ body: (amqp_method_number_t, UnsafeMutableRawPointer) throws(AMQPError) -> Void
    ) throws(AMQPError) {
        switch self {
        case .connectionClose, .channelClose:
            try withWireFormOfClose(pool, body)
        case .connectionCloseOK:
            var method = amqp_connection_close_ok_t()
            try body(AMQP_CONNECTION_CLOSE_OK_METHOD, &method)
        case .channelOpen:
            var method = amqp_channel_open_t(out_of_band: amqp_empty_bytes)
            try body(AMQP_CHANNEL_OPEN_METHOD, &method)
        case .channelCloseOK:
            var method = amqp_channel_close_ok_t()
            try body(AMQP_CHANNEL_CLOSE_OK_METHOD, &method)
        case .channelFlowOK(let isActive):
            var method = amqp_channel_flow_ok_t(active: wire(isActive))
            try body(AMQP_CHANNEL_FLOW_OK_METHOD, &method)
        case .exchangeDeclare, .exchangeDelete, .exchangeBind, .exchangeUnbind:
            try withWireFormOfExchange(pool, body)
        case .queueDeclare, .queueBind, .queueUnbind, .queueDelete, .queuePurge:
            try withWireFormOfQueue(pool, body)
        case .qos, .consume, .cancel, .cancelOK:
            try withWireFormOfConsumer(pool, body)
        case .confirmSelect:
            var method = amqp_confirm_select_t(nowait: 0)
            try body(AMQP_CONFIRM_SELECT_METHOD, &method)
        case .ack(let deliveryTag, let multiple):
            var method = amqp_basic_ack_t(delivery_tag: deliveryTag, multiple: wire(multiple))
            try body(AMQP_BASIC_ACK_METHOD, &method)
        case .reject(let deliveryTag, let requeue):
            var method = amqp_basic_reject_t(delivery_tag: deliveryTag, requeue: wire(requeue))
            try body(AMQP_BASIC_REJECT_METHOD, &method)
        }
    }

    private func withWireFormOfClose(
        _ pool: WirePool,
        _ body: (amqp_method_number_t, UnsafeMutableRawPointer) throws(AMQPError) -> Void
    ) throws(AMQPError) {
        let text = pool.bytes("Goodbye")
        if case .connectionClose = self {
            var method = amqp_connection_close_t(
                reply_code: UInt16(AMQP_REPLY_SUCCESS), reply_text: text, class_id: 0,
                method_id: 0)
            try body(AMQP_CONNECTION_CLOSE_METHOD, &method)
        } else {
            var method = amqp_channel_close_t(
                reply_code: UInt16(AMQP_REPLY_SUCCESS), reply_text: text, class_id: 0,
                method_id: 0)
            try body(AMQP_CHANNEL_CLOSE_METHOD, &method)
        }
    }

    private func withWireFormOfExchange(
        _ pool: WirePool,
        _ body: (amqp_method_number_t, UnsafeMutableRawPointer) throws(AMQPError) -> Void
    ) throws(AMQPError) {
        switch self {
        case .exchangeDeclare(let declaration):
            var method = amqp_exchange_declare_t(
                ticket: 0, exchange: pool.bytes(declaration.name),
                type: pool.bytes(declaration.kind.rawValue), passive: wire(declaration.isPassive),
                durable: wire(declaration.isDurable), auto_delete: wire(declaration.isAutoDelete),
                internal: wire(declaration.isInternal), nowait: 0,
                arguments: pool.table(declaration.arguments))
            try body(AMQP_EXCHANGE_DECLARE_METHOD, &method)
        case .exchangeDelete(let name, let ifUnused):
            var method = amqp_exchange_delete_t(
                ticket: 0, exchange: pool.bytes(name), if_unused: wire(ifUnused), nowait: 0)
            try body(AMQP_EXCHANGE_DELETE_METHOD, &method)
        case .exchangeBind(let binding):
            var method = amqp_exchange_bind_t(
                ticket: 0, destination: pool.bytes(binding.destination),
                source: pool.bytes(binding.source), routing_key: pool.bytes(binding.routingKey),
                nowait: 0, arguments: pool.table(binding.arguments))
            try body(AMQP_EXCHANGE_BIND_METHOD, &method)
        case .exchangeUnbind(let binding):
            var method = amqp_exchange_unbind_t(
                ticket: 0, destination: pool.bytes(binding.destination),
                source: pool.bytes(binding.source), routing_key: pool.bytes(binding.routingKey),
                nowait: 0, arguments: pool.table(binding.arguments))
            try body(AMQP_EXCHANGE_UNBIND_METHOD, &method)
        default:
            preconditionFailure("Not an exchange method.")
        }
    }

    private func withWireFormOfQueue(
        _ pool: WirePool,
        _ body: (amqp_method_number_t, UnsafeMutableRawPointer) throws(AMQPError) -> Void
    ) throws(AMQPError) {
        switch self {
        case .queueDeclare(let declaration, let noWait):
            var method = amqp_queue_declare_t(
                ticket: 0, queue: pool.bytes(declaration.name),
                passive: wire(declaration.isPassive), durable: wire(declaration.isDurable),
                exclusive: wire(declaration.isExclusive),
                auto_delete: wire(declaration.isAutoDelete), nowait: wire(noWait),
                arguments: pool.table(declaration.arguments))
            try body(AMQP_QUEUE_DECLARE_METHOD, &method)
        case .queueBind(let binding, let noWait):
            var method = amqp_queue_bind_t(
                ticket: 0, queue: pool.bytes(binding.destination),
                exchange: pool.bytes(binding.source), routing_key: pool.bytes(binding.routingKey),
                nowait: wire(noWait), arguments: pool.table(binding.arguments))
            try body(AMQP_QUEUE_BIND_METHOD, &method)
        case .queueUnbind(let binding):
            var method = amqp_queue_unbind_t(
                ticket: 0, queue: pool.bytes(binding.destination),
                exchange: pool.bytes(binding.source), routing_key: pool.bytes(binding.routingKey),
                arguments: pool.table(binding.arguments))
            try body(AMQP_QUEUE_UNBIND_METHOD, &method)
        case .queueDelete(let name, let ifUnused, let ifEmpty):
            var method = amqp_queue_delete_t(
                ticket: 0, queue: pool.bytes(name), if_unused: wire(ifUnused),
                if_empty: wire(ifEmpty), nowait: 0)
            try body(AMQP_QUEUE_DELETE_METHOD, &method)
        case .queuePurge(let name):
            var method = amqp_queue_purge_t(ticket: 0, queue: pool.bytes(name), nowait: 0)
            try body(AMQP_QUEUE_PURGE_METHOD, &method)
        default:
            preconditionFailure("Not a queue method.")
        }
    }

    private func withWireFormOfConsumer(
        _ pool: WirePool,
        _ body: (amqp_method_number_t, UnsafeMutableRawPointer) throws(AMQPError) -> Void
    ) throws(AMQPError) {
        switch self {
        case .qos(let prefetch):
            var method = amqp_basic_qos_t(prefetch_size: 0, prefetch_count: prefetch, global: 0)
            try body(AMQP_BASIC_QOS_METHOD, &method)
        case .consume(let consumption):
            var method = amqp_basic_consume_t(
                ticket: 0, queue: pool.bytes(consumption.queue),
                consumer_tag: pool.bytes(consumption.tag), no_local: 0, no_ack: 0,
                exclusive: wire(consumption.isExclusive), nowait: 0,
                arguments: pool.table(consumption.arguments))
            try body(AMQP_BASIC_CONSUME_METHOD, &method)
        case .cancel(let tag):
            var method = amqp_basic_cancel_t(consumer_tag: pool.bytes(tag), nowait: 0)
            try body(AMQP_BASIC_CANCEL_METHOD, &method)
        case .cancelOK(let tag):
            var method = amqp_basic_cancel_ok_t(consumer_tag: pool.bytes(tag))
            try body(AMQP_BASIC_CANCEL_OK_METHOD, &method)
        default:
            preconditionFailure("Not a consumer method.")
        }
    }
}

private func wire(_ flag: Bool) -> amqp_boolean_t { flag ? 1 : 0 }
