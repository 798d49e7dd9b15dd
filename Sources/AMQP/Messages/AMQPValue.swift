/// Header fields and arguments: names to values.
public typealias AMQPTable = [String: AMQPValue]

/// A value in a table of headers or arguments.
public enum AMQPValue: Sendable, Hashable {
    /// True or false.
    case bool(Bool)
    /// A whole number, sent as 64 bits; narrower ones received become this too.
    case int(Int64)
    /// A floating-point number.
    case double(Double)
    /// A decimal: `value` with the point moved left by `scale` digits.
    case decimal(scale: UInt8, value: UInt32)
    /// Text.
    case string(String)
    /// Bytes; also a text received that is not UTF-8.
    case bytes([UInt8])
    /// A moment, in seconds since 1970.
    case timestamp(UInt64)
    /// A nested table.
    case table(AMQPTable)
    /// A list.
    case array([AMQPValue])
    /// Nothing.
    case void
}

extension AMQPValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByFloatLiteral
{
    /// Text.
    public init(stringLiteral value: String) { self = .string(value) }

    /// A whole number.
    public init(integerLiteral value: Int64) { self = .int(value) }

    /// True or false.
    public init(booleanLiteral value: Bool) { self = .bool(value) }

    /// A floating-point number.
    public init(floatLiteral value: Double) { self = .double(value) }
}

extension AMQPValue {
    /// The text, when this is one.
    public var stringValue: String? {
        if case .string(let value) = self { value } else { nil }
    }

    /// The whole number, when this is one.
    public var intValue: Int64? {
        if case .int(let value) = self { value } else { nil }
    }

    /// True or false, when this is either.
    public var boolValue: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }
}

extension AMQPTable {
    /// Throws when the table cannot be sent: too large, too deep, or a name too long.
    func validate() throws(AMQPError) {
        if isEmpty { return }
        let size = try AMQPValue.table(self).encodedBytes(depth: 0)
        guard size <= AMQPLimits.tableBytesMax else {
            throw .invalidRequest("A table of \(size) bytes is above the limit.")
        }
    }
}

extension AMQPValue {
    /// The bytes this value takes on the wire, its type mark included.
    fileprivate func encodedBytes(depth: Int) throws(AMQPError) -> Int {
        guard depth < AMQPLimits.tableDepthMax else {
            throw .invalidRequest("A table nests too deep.")
        }
        switch self {
        case .void: return 1
        case .bool: return 2
        case .int, .double, .timestamp: return 9
        case .decimal: return 6
        case .string(let text): return 5 + text.utf8.count
        case .bytes(let bytes): return 5 + bytes.count
        case .array(let values):
            var size = 5
            for value in values { size += try value.encodedBytes(depth: depth + 1) }
            return size
        case .table(let table):
            var size = 5
            for (name, value) in table {
                try name.validateShortString("A field name")
                size += 1 + name.utf8.count + (try value.encodedBytes(depth: depth + 1))
            }
            return size
        }
    }
}

extension String {
    /// Throws when this is too long for one of the protocol's short strings.
    func validateShortString(_ what: StaticString) throws(AMQPError) {
        guard utf8.count <= AMQPLimits.shortStringBytesMax else {
            throw .invalidRequest("\(what) is longer than 255 bytes.")
        }
    }
}
