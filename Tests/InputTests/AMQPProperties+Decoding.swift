import CRabbitMQ

@testable import AMQP

extension AMQPProperties {
    /// The properties in the payload of a content header, as the library reads them for us; `nil` where
    /// it refuses.
    init?(decoding payload: [UInt8]) {
        // SAFETY: the pool owns all that is decoded, and is emptied after it was copied.
        var pool = amqp_pool_t()
        init_amqp_pool(&pool, 4096)
        defer { empty_amqp_pool(&pool) }
        var payload = payload
        let properties = payload.withUnsafeMutableBytes { buffer -> AMQPProperties? in
            var decoded: UnsafeMutableRawPointer?
            let encoded = amqp_bytes_t(len: buffer.count, bytes: buffer.baseAddress)
            let status = amqp_decode_properties(
                UInt16(AMQP_BASIC_CLASS), &pool, encoded, &decoded)
            guard status == 0, let decoded else { return nil }
            return AMQPProperties(copying: decoded.load(as: amqp_basic_properties_t.self))
        }
        guard let properties else { return nil }
        self = properties
    }
}
