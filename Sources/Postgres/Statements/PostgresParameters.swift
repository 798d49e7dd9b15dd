/// The parameters of one statement, in the order of their numbers.
public struct PostgresParameters: Sendable {
    /// Where a parameter lies among the bytes; nil for NULL.
    struct Place: Sendable {
        var offset: Int
        var length: Int
    }

    /// Postgres numbers parameters with 16 bits.
    static let countMax = 65_535

    /// How many bytes all parameters of a statement may have; the server takes four times as many.
    static let bytesMax = 1 << 28

    private(set) var oids: [UInt32] = []
    private(set) var places: [Place?] = []
    // One byte in front, so that even an empty value has an address.
    private var writer = PostgresBinaryWriter(bytes: [0])

    /// No parameters yet.
    init() {}

    var bytes: [UInt8] { writer.bytes }

    /// Adds the next parameter: the first one added is `$1`.
    public mutating func append<T: PostgresEncodable>(_ value: T) {
        oids.append(T.postgresType.oid)
        guard !value.isPostgresNull else { return places.append(nil) }
        let start = writer.bytes.count
        value.encodePostgres(into: &writer)
        places.append(Place(offset: start, length: writer.bytes.count - start))
    }
}
