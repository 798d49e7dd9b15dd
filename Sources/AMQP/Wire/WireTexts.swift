internal import CRabbitMQ
internal import Glibc

extension String {
    /// Copies a text out of the library's memory; bytes that are not UTF-8 are replaced.
    init(copying bytes: amqp_bytes_t) {
        self = String(
            decoding: UnsafeRawBufferPointer(start: bytes.bytes, count: bytes.len), as: UTF8.self)
    }
}

extension [UInt8] {
    /// Copies bytes out of the library's memory.
    init(copying bytes: amqp_bytes_t) {
        self = Array(UnsafeRawBufferPointer(start: bytes.bytes, count: bytes.len))
    }
}

/// Texts that come with every delivery and seldom change, kept so as not to be made anew each time.
struct TextCache {
    /// What the text is; each has a place of its own.
    enum Slot: Int {
        case consumerTag
        case exchange
        case routingKey
    }

    private var texts = ["", "", ""]

    mutating func text(_ bytes: amqp_bytes_t, slot: Slot) -> String {
        let isSame = texts[slot.rawValue].withUTF8 { known in
            guard known.count == bytes.len else { return false }
            guard let start = known.baseAddress else { return true }
            return bytes.len == 0 || memcmp(start, bytes.bytes, bytes.len) == 0
        }
        if !isSame { texts[slot.rawValue] = String(copying: bytes) }
        return texts[slot.rawValue]
    }
}

extension AMQPTable {
    /// Copies a table out of the library's memory; of fields with equal names the last counts.
    init(copying table: amqp_table_t, depth: Int = 0) {
        self.init()
        let entries = UnsafeBufferPointer(start: table.entries, count: Int(table.num_entries))
        for entry in entries {
            self[String(copying: entry.key)] = AMQPValue(copying: entry.value, depth: depth + 1)
        }
    }
}

extension AMQPValue {
    /// Copies a value, and what is in it as deep as ``AMQPLimits/receivedTableDepthMax``: a sender
    /// must not decide how much stack it takes.
    fileprivate init(copying field: amqp_field_value_t, depth: Int) {
        guard depth <= AMQPLimits.receivedTableDepthMax else {
            self = .void
            return
        }
        switch amqp_field_value_kind_t(UInt32(field.kind)) {
        case AMQP_FIELD_KIND_BOOLEAN: self = .bool(field.value.boolean != 0)
        case AMQP_FIELD_KIND_I8: self = .int(Int64(field.value.i8))
        case AMQP_FIELD_KIND_U8: self = .int(Int64(field.value.u8))
        case AMQP_FIELD_KIND_I16: self = .int(Int64(field.value.i16))
        case AMQP_FIELD_KIND_U16: self = .int(Int64(field.value.u16))
        case AMQP_FIELD_KIND_I32: self = .int(Int64(field.value.i32))
        case AMQP_FIELD_KIND_U32: self = .int(Int64(field.value.u32))
        case AMQP_FIELD_KIND_I64: self = .int(field.value.i64)
        case AMQP_FIELD_KIND_U64: self = .int(Int64(clamping: field.value.u64))
        case AMQP_FIELD_KIND_F32: self = .double(Double(field.value.f32))
        case AMQP_FIELD_KIND_F64: self = .double(field.value.f64)
        case AMQP_FIELD_KIND_DECIMAL:
            let decimal = field.value.decimal
            self = .decimal(scale: decimal.decimals, value: decimal.value)
        case AMQP_FIELD_KIND_TIMESTAMP: self = .timestamp(field.value.u64)
        case AMQP_FIELD_KIND_TABLE:
            self = .table(AMQPTable(copying: field.value.table, depth: depth))
        case AMQP_FIELD_KIND_ARRAY:
            let array = field.value.array
            let values = UnsafeBufferPointer(start: array.entries, count: Int(array.num_entries))
            self = .array(values.map { AMQPValue(copying: $0, depth: depth + 1) })
        case AMQP_FIELD_KIND_UTF8:
            let bytes = [UInt8](copying: field.value.bytes)
            self = String(validating: bytes, as: UTF8.self).map { .string($0) } ?? .bytes(bytes)
        case AMQP_FIELD_KIND_BYTES: self = .bytes([UInt8](copying: field.value.bytes))
        default: self = .void
        }
    }
}
