internal import CRabbitMQ
internal import Glibc

/// Memory for the texts and tables of one outgoing frame, in the library's own kind of pool.
///
/// What it hands out is valid until `recycle`. One thread owns it.
final class WirePool {
    // SAFETY: allocated in init, emptied and freed in deinit; the pool frees its own pages.
    private let pool: UnsafeMutablePointer<amqp_pool_t>

    init() {
        pool = .allocate(capacity: 1)
        pool.initialize(to: amqp_pool_t())
        init_amqp_pool(pool, 16_384)
    }

    deinit {
        empty_amqp_pool(pool)
        pool.deallocate()
    }

    func recycle() { recycle_amqp_pool(pool) }

    func bytes(_ text: String) -> amqp_bytes_t {
        var text = text
        return text.withUTF8 { copy(UnsafeRawBufferPointer($0)) }
    }

    func bytes(_ bytes: [UInt8]) -> amqp_bytes_t {
        bytes.withUnsafeBytes { copy($0) }
    }

    func table(_ table: AMQPTable) -> amqp_table_t {
        guard !table.isEmpty else { return amqp_table_t(num_entries: 0, entries: nil) }
        let entries = allocate(amqp_table_entry_t.self, count: table.count)
        for (index, (name, value)) in table.enumerated() {
            entries[index] = amqp_table_entry_t(key: bytes(name), value: field(value))
        }
        return amqp_table_t(num_entries: Int32(table.count), entries: entries.baseAddress)
    }

    private func field(_ value: AMQPValue) -> amqp_field_value_t {
        var field = amqp_field_value_t()
        func set(_ kind: amqp_field_value_kind_t) { field.kind = UInt8(kind.rawValue) }
        switch value {
        case .bool(let value):
            set(AMQP_FIELD_KIND_BOOLEAN)
            field.value.boolean = value ? 1 : 0
        case .int(let value):
            set(AMQP_FIELD_KIND_I64)
            field.value.i64 = value
        case .double(let value):
            set(AMQP_FIELD_KIND_F64)
            field.value.f64 = value
        case .decimal(let scale, let value):
            set(AMQP_FIELD_KIND_DECIMAL)
            field.value.decimal = amqp_decimal_t(decimals: scale, value: value)
        case .string(let text):
            set(AMQP_FIELD_KIND_UTF8)
            field.value.bytes = bytes(text)
        case .bytes(let value):
            set(AMQP_FIELD_KIND_BYTES)
            field.value.bytes = bytes(value)
        case .timestamp(let seconds):
            set(AMQP_FIELD_KIND_TIMESTAMP)
            field.value.u64 = seconds
        case .table(let value):
            set(AMQP_FIELD_KIND_TABLE)
            field.value.table = table(value)
        case .array(let values):
            set(AMQP_FIELD_KIND_ARRAY)
            field.value.array = array(values)
        case .void:
            set(AMQP_FIELD_KIND_VOID)
        }
        return field
    }

    private func array(_ values: [AMQPValue]) -> amqp_array_t {
        guard !values.isEmpty else { return amqp_array_t(num_entries: 0, entries: nil) }
        let entries = allocate(amqp_field_value_t.self, count: values.count)
        for (index, value) in values.enumerated() { entries[index] = field(value) }
        return amqp_array_t(num_entries: Int32(values.count), entries: entries.baseAddress)
    }

    private func copy(_ source: UnsafeRawBufferPointer) -> amqp_bytes_t {
        guard let from = source.baseAddress, source.count > 0 else {
            return amqp_bytes_t(len: 0, bytes: nil)
        }
        var copied = amqp_bytes_t()
        amqp_pool_alloc_bytes(pool, source.count, &copied)
        guard let memory = copied.bytes else { fatalError("Out of memory.") }
        memcpy(memory, from, source.count)
        return copied
    }

    private func allocate<Element>(
        _ type: Element.Type, count: Int
    ) -> UnsafeMutableBufferPointer<Element> {
        guard let memory = amqp_pool_alloc(pool, count * MemoryLayout<Element>.stride) else {
            fatalError("Out of memory.")
        }
        let elements = memory.bindMemory(to: type, capacity: count)
        return UnsafeMutableBufferPointer(start: elements, count: count)
    }
}
