/// A `bytea`: bytes as they are.
public struct PostgresBytes: Hashable, Sendable {
    /// The bytes.
    public var bytes: [UInt8]

    /// Wraps bytes.
    public init(_ bytes: some Sequence<UInt8>) {
        self.bytes = Array(bytes)
    }
}

extension PostgresBytes: PostgresEncodable, PostgresDecodable, PostgresArrayElement {
    /// The type `bytea`.
    public static var postgresType: PostgresType { .bytea }

    /// The bytes themselves.
    public func encodePostgres(into writer: inout PostgresBinaryWriter) {
        writer.append(bytes: bytes)
    }

    /// The bytes themselves.
    public static func decodePostgres(
        from reader: inout PostgresBinaryReader
    ) throws(PostgresError) -> PostgresBytes {
        PostgresBytes(reader.readRemaining())
    }
}
