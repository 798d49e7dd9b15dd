extension String: PostgresEncodable, PostgresDecodable, PostgresArrayElement {
    /// The type `text`.
    public static var postgresType: PostgresType { .text }

    /// True for the text types, `json`, and types made by `CREATE TYPE` (an enum is sent as text).
    public static func canDecodePostgres(oid: UInt32) -> Bool {
        textOIDs.contains(oid) || oid >= PostgresType.userDefinedOIDMin
    }

    private static let textOIDs: Set<UInt32> = [
        PostgresType.text.oid, PostgresType.varchar.oid, PostgresType.bpchar.oid,
        PostgresType.name.oid, PostgresType.json.oid, PostgresType.unknown.oid,
    ]

    /// UTF-8; the server refuses a NUL character.
    public func encodePostgres(into writer: inout PostgresBinaryWriter) {
        writer.append(bytes: utf8)
    }

    /// Reads UTF-8.
    public static func decodePostgres(
        from reader: inout PostgresBinaryReader
    ) throws(PostgresError) -> String {
        guard let text = String(validating: reader.readRemaining(), as: UTF8.self) else {
            throw .decoding("the text is not UTF-8")
        }
        return text
    }
}
