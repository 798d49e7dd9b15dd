/// A `uuid`: 128 bits, in the order in which they are written.
public struct PostgresUUID: Hashable, Sendable {
    /// The first 64 bits.
    public var high: UInt64

    /// The last 64 bits.
    public var low: UInt64

    /// Puts the two halves together.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }
}

extension PostgresUUID: Comparable {
    /// The server's own order of UUIDs.
    public static func < (one: PostgresUUID, other: PostgresUUID) -> Bool {
        (one.high, one.low) < (other.high, other.low)
    }
}

extension PostgresUUID: LosslessStringConvertible {
    private static let hyphens: Set<Int> = [8, 13, 18, 23]
    private static let length = 36

    /// The usual 36 characters, in lower case.
    public var description: String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(Self.length)
        for index in 0..<32 {
            if Self.hyphens.contains(text.count) { text.append(UInt8(ascii: "-")) }
            let half = index < 16 ? high : low
            text.append(digits[Int(half >> UInt64(60 - index % 16 * 4) & 0xF)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Reads the 36 characters, in either case; nil for anything else.
    public init?(_ description: String) {
        var halves: [UInt64] = [0, 0]
        var digits = 0
        guard description.utf8.count == Self.length else { return nil }
        for (position, character) in description.utf8.enumerated() {
            if Self.hyphens.contains(position) {
                guard character == UInt8(ascii: "-") else { return nil }
                continue
            }
            guard let digit = Character(UnicodeScalar(character)).hexDigitValue else { return nil }
            halves[digits / 16] = halves[digits / 16] << 4 | UInt64(digit)
            digits += 1
        }
        self.init(high: halves[0], low: halves[1])
    }
}

extension PostgresUUID: PostgresEncodable, PostgresDecodable, PostgresArrayElement {
    /// The type `uuid`.
    public static var postgresType: PostgresType { .uuid }

    /// Sixteen bytes.
    public func encodePostgres(into writer: inout PostgresBinaryWriter) {
        writer.append(high)
        writer.append(low)
    }

    /// Sixteen bytes.
    public static func decodePostgres(
        from reader: inout PostgresBinaryReader
    ) throws(PostgresError) -> PostgresUUID {
        PostgresUUID(high: try reader.readInteger(), low: try reader.readInteger())
    }
}
