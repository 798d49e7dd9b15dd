internal import CRabbitMQ

extension InboundMethod {
    /// Copies a method out of the library's memory.
    ///
    /// SAFETY: `decoded` points to the structure that belongs to `method.id`; the library says so,
    /// and keeps it until the buffers of the channel are released.
    init(copying method: amqp_method_t, texts: inout TextCache) {
        func structure<Structure>(_ type: Structure.Type) -> Structure {
            method.decoded.load(as: type)
        }
        switch method.id {
        case AMQP_BASIC_ACK_METHOD:
            let ack = structure(amqp_basic_ack_t.self)
            self = .confirm(
                deliveryTag: ack.delivery_tag, multiple: ack.multiple != 0, isPositive: true)
        case AMQP_BASIC_NACK_METHOD:
            let nack = structure(amqp_basic_nack_t.self)
            self = .confirm(
                deliveryTag: nack.delivery_tag, multiple: nack.multiple != 0, isPositive: false)
        case AMQP_BASIC_DELIVER_METHOD:
            let deliver = structure(amqp_basic_deliver_t.self)
            self = .deliver(
                DeliveryHead(
                    consumerTag: texts.text(deliver.consumer_tag, slot: .consumerTag),
                    deliveryTag: deliver.delivery_tag, isRedelivered: deliver.redelivered != 0,
                    exchange: texts.text(deliver.exchange, slot: .exchange),
                    routingKey: texts.text(deliver.routing_key, slot: .routingKey)))
        case AMQP_BASIC_RETURN_METHOD:
            let returned = structure(amqp_basic_return_t.self)
            self = .returned(
                ReturnHead(
                    code: returned.reply_code, text: String(copying: returned.reply_text),
                    exchange: String(copying: returned.exchange),
                    routingKey: String(copying: returned.routing_key)))
        case AMQP_BASIC_CANCEL_METHOD:
            let cancel = structure(amqp_basic_cancel_t.self)
            self = .consumerCancel(
                tag: String(copying: cancel.consumer_tag), expectsReply: cancel.nowait == 0)
        case AMQP_CHANNEL_CLOSE_METHOD:
            let close = structure(amqp_channel_close_t.self)
            self = .channelClose(code: close.reply_code, text: AccessRight.words(close))
        case AMQP_CHANNEL_FLOW_METHOD:
            self = .channelFlow(isActive: structure(amqp_channel_flow_t.self).active != 0)
        case AMQP_CONNECTION_CLOSE_METHOD:
            let close = structure(amqp_connection_close_t.self)
            self = .connectionClose(
                code: close.reply_code, text: String(copying: close.reply_text))
        case AMQP_CONNECTION_CLOSE_OK_METHOD:
            self = .connectionCloseOK
        case AMQP_CONNECTION_BLOCKED_METHOD:
            let blocked = structure(amqp_connection_blocked_t.self)
            self = .connectionBlocked(reason: String(copying: blocked.reason))
        case AMQP_CONNECTION_UNBLOCKED_METHOD:
            self = .connectionUnblocked
        default:
            self = Self.reply(copying: method) ?? .unknown(id: method.id)
        }
    }

    private static func reply(copying method: amqp_method_t) -> InboundMethod? {
        switch method.id {
        case AMQP_CHANNEL_OPEN_OK_METHOD: .reply(.channelOpenOK, .done)
        case AMQP_CHANNEL_CLOSE_OK_METHOD: .reply(.channelCloseOK, .done)
        case AMQP_EXCHANGE_DECLARE_OK_METHOD: .reply(.exchangeDeclareOK, .done)
        case AMQP_EXCHANGE_DELETE_OK_METHOD: .reply(.exchangeDeleteOK, .done)
        case AMQP_EXCHANGE_BIND_OK_METHOD: .reply(.exchangeBindOK, .done)
        case AMQP_EXCHANGE_UNBIND_OK_METHOD: .reply(.exchangeUnbindOK, .done)
        case AMQP_QUEUE_DECLARE_OK_METHOD:
            .reply(.queueDeclareOK, .queue(AMQPQueueStatus(copying: method)))
        case AMQP_QUEUE_BIND_OK_METHOD: .reply(.queueBindOK, .done)
        case AMQP_QUEUE_UNBIND_OK_METHOD: .reply(.queueUnbindOK, .done)
        case AMQP_QUEUE_DELETE_OK_METHOD:
            .reply(
                .queueDeleteOK,
                .messages(method.decoded.load(as: amqp_queue_delete_ok_t.self).message_count))
        case AMQP_QUEUE_PURGE_OK_METHOD:
            .reply(
                .queuePurgeOK,
                .messages(method.decoded.load(as: amqp_queue_purge_ok_t.self).message_count))
        case AMQP_BASIC_QOS_OK_METHOD: .reply(.qosOK, .done)
        case AMQP_BASIC_CONSUME_OK_METHOD:
            .reply(
                .consumeOK,
                .consumer(
                    tag: String(
                        copying: method.decoded.load(as: amqp_basic_consume_ok_t.self)
                            .consumer_tag)))
        case AMQP_BASIC_CANCEL_OK_METHOD: .reply(.cancelOK, .done)
        case AMQP_CONFIRM_SELECT_OK_METHOD: .reply(.confirmSelectOK, .done)
        default: nil
        }
    }
}

extension AMQPQueueStatus {
    fileprivate init(copying method: amqp_method_t) {
        let declared = method.decoded.load(as: amqp_queue_declare_ok_t.self)
        self.init(
            name: String(copying: declared.queue), messageCount: declared.message_count,
            consumerCount: declared.consumer_count)
    }
}
