internal import CRabbitMQ

extension AMQPProperties {
    /// Copies the properties out of the library's memory.
    init(copying wire: amqp_basic_properties_t) {
        self.init()
        func has(_ flag: Int32) -> Bool { wire._flags & amqp_flags_t(flag) != 0 }
        func text(_ flag: Int32, _ bytes: amqp_bytes_t) -> String? {
            has(flag) ? String(copying: bytes) : nil
        }
        contentType = text(AMQP_BASIC_CONTENT_TYPE_FLAG, wire.content_type)
        contentEncoding = text(AMQP_BASIC_CONTENT_ENCODING_FLAG, wire.content_encoding)
        type = text(AMQP_BASIC_TYPE_FLAG, wire.type)
        messageID = text(AMQP_BASIC_MESSAGE_ID_FLAG, wire.message_id)
        correlationID = text(AMQP_BASIC_CORRELATION_ID_FLAG, wire.correlation_id)
        replyTo = text(AMQP_BASIC_REPLY_TO_FLAG, wire.reply_to)
        appID = text(AMQP_BASIC_APP_ID_FLAG, wire.app_id)
        userID = text(AMQP_BASIC_USER_ID_FLAG, wire.user_id)
        isPersistent =
            has(AMQP_BASIC_DELIVERY_MODE_FLAG) && wire.delivery_mode == Self.persistentMode
        timestamp = has(AMQP_BASIC_TIMESTAMP_FLAG) ? wire.timestamp : nil
        priority = has(AMQP_BASIC_PRIORITY_FLAG) ? wire.priority : nil
        expiration = text(AMQP_BASIC_EXPIRATION_FLAG, wire.expiration)
            .flatMap { Int64($0) }.map { .milliseconds($0) }
        headers = has(AMQP_BASIC_HEADERS_FLAG) ? AMQPTable(copying: wire.headers) : [:]
    }

    /// The C structure, with its texts and tables in the pool.
    func wireForm(_ pool: WirePool) -> amqp_basic_properties_t {
        var wire = amqp_basic_properties_t()
        func set(_ text: String?, _ flag: Int32, _ field: inout amqp_bytes_t) -> amqp_flags_t {
            guard let text else { return 0 }
            field = pool.bytes(text)
            return amqp_flags_t(flag)
        }
        var flags = amqp_flags_t(AMQP_BASIC_DELIVERY_MODE_FLAG)
        wire.delivery_mode = isPersistent ? Self.persistentMode : Self.transientMode
        flags |= set(contentType, AMQP_BASIC_CONTENT_TYPE_FLAG, &wire.content_type)
        flags |= set(contentEncoding, AMQP_BASIC_CONTENT_ENCODING_FLAG, &wire.content_encoding)
        flags |= set(type, AMQP_BASIC_TYPE_FLAG, &wire.type)
        flags |= set(messageID, AMQP_BASIC_MESSAGE_ID_FLAG, &wire.message_id)
        flags |= set(correlationID, AMQP_BASIC_CORRELATION_ID_FLAG, &wire.correlation_id)
        flags |= set(replyTo, AMQP_BASIC_REPLY_TO_FLAG, &wire.reply_to)
        flags |= set(appID, AMQP_BASIC_APP_ID_FLAG, &wire.app_id)
        flags |= set(userID, AMQP_BASIC_USER_ID_FLAG, &wire.user_id)
        if let expiration {
            flags |= set(
                String(expiration.wholeMilliseconds), AMQP_BASIC_EXPIRATION_FLAG, &wire.expiration)
        }
        if let timestamp {
            wire.timestamp = timestamp
            flags |= amqp_flags_t(AMQP_BASIC_TIMESTAMP_FLAG)
        }
        if let priority {
            wire.priority = priority
            flags |= amqp_flags_t(AMQP_BASIC_PRIORITY_FLAG)
        }
        if !headers.isEmpty {
            wire.headers = pool.table(headers)
            flags |= amqp_flags_t(AMQP_BASIC_HEADERS_FLAG)
        }
        wire._flags = flags
        return wire
    }

    private static let persistentMode: UInt8 = 2
    private static let transientMode: UInt8 = 1
}

extension Duration {
    /// The whole milliseconds in it; the nearer end of the range for what lies beyond.
    var wholeMilliseconds: Int64 { Int64(clamping: attoseconds / 1_000_000_000_000_000) }
}
