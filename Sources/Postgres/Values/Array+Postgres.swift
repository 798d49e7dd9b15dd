/// Arrays of one dimension, in the form of the server's `array_send`: number of dimensions, whether
/// NULLs occur, the elements' type; for each dimension its size and lower bound; then each element
/// behind its length.
extension Array: PostgresEncodable where Element: PostgresEncodable & PostgresArrayElement {
    /// The array of the elements' type.
    public static var postgresType: PostgresType {
        PostgresType(oid: Element.postgresType.arrayOID, arrayOID: 0)
    }

    /// One dimension, or none when empty.
    public func encodePostgres(into writer: inout PostgresBinaryWriter) {
        writer.reserve(20 + count * 12)
        writer.append(Int32(isEmpty ? 0 : 1))
        writer.append(Int32(contains { $0.isPostgresNull } ? 1 : 0))
        writer.append(Element.postgresType.oid)
        guard !isEmpty else { return }
        writer.append(Int32(count))
        writer.append(Int32(1))
        for element in self { writer.appendWithLength(element) }
    }
}

extension Array: PostgresDecodable where Element: PostgresDecodable & PostgresArrayElement {
    /// The array of the elements' type.
    public static var postgresType: PostgresType {
        PostgresType(oid: Element.postgresType.arrayOID, arrayOID: 0)
    }

    /// True for everything: the value itself names the type of its elements, which is checked.
    public static func canDecodePostgres(oid: UInt32) -> Bool { true }

    /// Reads an array of no or one dimension.
    public static func decodePostgres(
        from reader: inout PostgresBinaryReader
    ) throws(PostgresError) -> [Element] {
        let dimensions = try reader.readInteger(as: Int32.self)
        let hasNulls = try reader.readInteger(as: Int32.self)
        let elementOID = try reader.readInteger(as: UInt32.self)
        guard (0...1).contains(dimensions), (0...1).contains(hasNulls) else {
            throw .decoding("only arrays of one dimension can become \(Self.self)")
        }
        guard Element.canDecodePostgres(oid: elementOID) else {
            throw .decoding(
                "elements of the type with oid \(elementOID) cannot become \(Element.self)")
        }
        guard dimensions == 1 else { return [] }
        let count = Int(try reader.readInteger(as: Int32.self))
        _ = try reader.readInteger(as: Int32.self)
        // Each element has a length of four bytes at least: a count beyond that is a lie.
        guard count >= 0, count <= reader.remaining / 4 else {
            throw .decoding("the array ends early")
        }
        var elements: [Element] = []
        elements.reserveCapacity(count)
        for _ in 0..<count {
            elements.append(try decodeElement(from: &reader, oid: elementOID))
        }
        return elements
    }

    private static func decodeElement(
        from reader: inout PostgresBinaryReader, oid: UInt32
    ) throws(PostgresError) -> Element {
        let length = Int(try reader.readInteger(as: Int32.self))
        guard length != -1 else { return try Element.decodePostgresNull() }
        var value = try reader.slice(length, oid: oid)
        return try value.decode(Element.self)
    }
}
