/// Reads the binary form of one value, in network byte order, never past its end.
public struct PostgresBinaryReader: Sendable {
    private let bytes: [UInt8]
    private var position: Int
    private let end: Int

    /// The object id of the type the bytes are of.
    public let oid: UInt32

    init(_ bytes: [UInt8], in range: Range<Int>, oid: UInt32) {
        self.bytes = bytes
        self.position = range.lowerBound
        self.end = range.upperBound
        self.oid = oid
    }

    /// How many bytes are left.
    public var remaining: Int { end - position }

    /// Reads an integer, most significant byte first.
    public mutating func readInteger<T: FixedWidthInteger>(
        as type: T.Type = T.self
    ) throws(PostgresError) -> T {
        let size = MemoryLayout<T>.size
        guard remaining >= size else { throw .decoding("the value ends early") }
        let start = position
        position += size
        return T(
            bigEndian: bytes.withUnsafeBytes {
                $0.loadUnaligned(fromByteOffset: start, as: T.self)
            })
    }

    /// Reads all bytes that are left.
    public mutating func readRemaining() -> ArraySlice<UInt8> {
        defer { position = end }
        return bytes[position..<end]
    }

    /// Takes the next `count` bytes apart, for a value inside this one.
    mutating func slice(_ count: Int, oid: UInt32) throws(PostgresError) -> PostgresBinaryReader {
        guard count >= 0, remaining >= count else { throw .decoding("the value ends early") }
        defer { position += count }
        return PostgresBinaryReader(bytes, in: position..<position + count, oid: oid)
    }

    /// Decodes a value and makes sure that nothing of it is left over.
    mutating func decode<T: PostgresDecodable>(_ type: T.Type) throws(PostgresError) -> T {
        guard T.canDecodePostgres(oid: oid) else {
            throw .decoding("a value of the type with oid \(oid) cannot become \(T.self)")
        }
        let value = try T.decodePostgres(from: &self)
        guard remaining == 0 else { throw .decoding("\(remaining) bytes too many for \(T.self)") }
        return value
    }
}
