/// A type of your own that is stored as one of the types Postgres knows.
///
/// An enum with raw values needs no more than the conformance; other types say what they are stored
/// as. Optionals and arrays of them follow.
/// ```swift
/// enum Status: String, PostgresRepresentable { case open, closed }
///
/// struct EventID: PostgresRepresentable {
///     var uuid: PostgresUUID
///     var postgresValue: PostgresUUID { uuid }
///     init(postgresValue: PostgresUUID) { uuid = postgresValue }
/// }
/// ```
public protocol PostgresRepresentable: PostgresEncodable, PostgresDecodable, PostgresArrayElement {
    /// What the value is stored as.
    associatedtype PostgresValue: PostgresEncodable & PostgresDecodable & PostgresArrayElement

    /// The value as it is stored.
    var postgresValue: PostgresValue { get }

    /// Takes the stored value back; throws if it is none of this type's.
    init(postgresValue: PostgresValue) throws
}

extension PostgresRepresentable {
    /// The type of the stored value.
    public static var postgresType: PostgresType { PostgresValue.postgresType }

    /// NULL if the stored value is.
    public var isPostgresNull: Bool { postgresValue.isPostgresNull }

    /// What the stored value's type can read.
    public static func canDecodePostgres(oid: UInt32) -> Bool {
        PostgresValue.canDecodePostgres(oid: oid)
    }

    /// Encodes the stored value.
    public func encodePostgres(into writer: inout PostgresBinaryWriter) {
        postgresValue.encodePostgres(into: &writer)
    }

    /// Decodes the stored value and takes it back.
    public static func decodePostgres(
        from reader: inout PostgresBinaryReader
    ) throws(PostgresError) -> Self {
        try restored(from: try PostgresValue.decodePostgres(from: &reader))
    }

    /// Takes NULL back if the stored value's type has a place for it.
    public static func decodePostgresNull() throws(PostgresError) -> Self {
        try restored(from: try PostgresValue.decodePostgresNull())
    }

    private static func restored(from value: PostgresValue) throws(PostgresError) -> Self {
        do {
            return try Self(postgresValue: value)
        } catch {
            // The reason may quote the value, so it is not repeated.
            throw .decoding("the stored value is no \(Self.self)")
        }
    }
}

extension PostgresRepresentable where Self: RawRepresentable, RawValue == PostgresValue {
    /// The raw value.
    public var postgresValue: RawValue { rawValue }

    /// Takes a raw value back; throws if no case has it.
    public init(postgresValue: RawValue) throws {
        guard let value = Self(rawValue: postgresValue) else {
            throw PostgresError.decoding("no \(Self.self) has this raw value")
        }
        self = value
    }
}
