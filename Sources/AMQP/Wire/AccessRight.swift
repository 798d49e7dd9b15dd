internal import CRabbitMQ

/// The rights that RabbitMQ gives a user on the exchanges and queues whose names fit a pattern.
///
/// It says on what a right is missing, but not which: that follows from the method it refused.
enum AccessRight: String {
    case configure, write, read

    /// The broker's reply code when a right is missing.
    private static let accessRefused: UInt16 = 403

    /// The broker's words of why it closed a channel, with the right that was missing, if that is why.
    static func words(_ close: amqp_channel_close_t) -> String {
        let text = String(copying: close.reply_text)
        let method =
            amqp_method_number_t(close.class_id) << 16 | amqp_method_number_t(close.method_id)
        guard close.reply_code == accessRefused,
            let right = AccessRight(neededBy: method, onExchange: text.contains("exchange '"))
        else { return text }
        return "\(text); the user needs the right '\(right.rawValue)' on it"
    }

    /// What a method needs on the exchange, or else the queue, that it names.
    private init?(neededBy method: amqp_method_number_t, onExchange: Bool) {
        switch method {
        case AMQP_EXCHANGE_DECLARE_METHOD, AMQP_EXCHANGE_DELETE_METHOD, AMQP_QUEUE_DECLARE_METHOD,
            AMQP_QUEUE_DELETE_METHOD:
            self = .configure
        case AMQP_QUEUE_BIND_METHOD, AMQP_QUEUE_UNBIND_METHOD:
            self = onExchange ? .read : .write
        case AMQP_BASIC_PUBLISH_METHOD: self = .write
        case AMQP_QUEUE_PURGE_METHOD, AMQP_BASIC_CONSUME_METHOD, AMQP_BASIC_GET_METHOD:
            self = .read
        default: return nil
        }
    }
}
