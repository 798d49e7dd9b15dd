/// A value that can be a parameter of a statement, sent in Postgres' binary format.
///
/// `Bool`, integers, `Double`, `String`, ``PostgresBytes``, ``PostgresUUID``, ``PostgresTimestamp``,
/// their optionals and arrays conform. Types of your own are best made to by
/// ``PostgresRepresentable``.
public protocol PostgresEncodable {
    /// The type the parameter has in the statement.
    static var postgresType: PostgresType { get }

    /// True if the value is sent as NULL; false unless said otherwise.
    var isPostgresNull: Bool { get }

    /// Appends the binary form of the value. Not called for NULL.
    func encodePostgres(into writer: inout PostgresBinaryWriter)
}

extension PostgresEncodable {
    /// No value but an optional is NULL.
    public var isPostgresNull: Bool { false }
}

/// A value that can be read from a column, received in Postgres' binary format.
public protocol PostgresDecodable {
    /// The type the value has on the server.
    static var postgresType: PostgresType { get }

    /// Whether a column of the type with this object id can be read; by default just
    /// ``postgresType``.
    static func canDecodePostgres(oid: UInt32) -> Bool

    /// Reads the value; `reader` holds exactly its bytes.
    static func decodePostgres(
        from reader: inout PostgresBinaryReader
    ) throws(PostgresError) -> Self

    /// What NULL becomes; by default an error.
    static func decodePostgresNull() throws(PostgresError) -> Self
}

extension PostgresDecodable {
    /// True for ``postgresType`` alone.
    public static func canDecodePostgres(oid: UInt32) -> Bool { oid == postgresType.oid }

    /// Throws: only an optional has a place for NULL.
    public static func decodePostgresNull() throws(PostgresError) -> Self {
        throw .decoding("NULL where \(Self.self) is expected")
    }
}

/// A value that can be an element of an array: everything but arrays themselves.
public protocol PostgresArrayElement {}

extension Optional: PostgresEncodable where Wrapped: PostgresEncodable {
    /// The type of the wrapped value.
    public static var postgresType: PostgresType { Wrapped.postgresType }

    /// True for nil.
    public var isPostgresNull: Bool { self?.isPostgresNull ?? true }

    /// Encodes the wrapped value.
    public func encodePostgres(into writer: inout PostgresBinaryWriter) {
        self?.encodePostgres(into: &writer)
    }
}

extension Optional: PostgresDecodable where Wrapped: PostgresDecodable {
    /// The type of the wrapped value.
    public static var postgresType: PostgresType { Wrapped.postgresType }

    /// What the wrapped type can read.
    public static func canDecodePostgres(oid: UInt32) -> Bool {
        Wrapped.canDecodePostgres(oid: oid)
    }

    /// Decodes the wrapped value.
    public static func decodePostgres(
        from reader: inout PostgresBinaryReader
    ) throws(PostgresError) -> Wrapped? {
        try Wrapped.decodePostgres(from: &reader)
    }

    /// NULL is nil.
    public static func decodePostgresNull() throws(PostgresError) -> Wrapped? { nil }
}

extension Optional: PostgresArrayElement where Wrapped: PostgresArrayElement {}
