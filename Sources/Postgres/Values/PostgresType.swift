/// A type of the server: its object id, and that of the array over it.
public struct PostgresType: Hashable, Sendable {
    /// The object id, as in `pg_type.oid`.
    public let oid: UInt32

    /// The object id of the array of this type, as in `pg_type.typarray`; 0 if there is none.
    public let arrayOID: UInt32

    /// Names a type by its object ids, which must be the same on every server: built-in types only.
    public init(oid: UInt32, arrayOID: UInt32) {
        self.oid = oid
        self.arrayOID = arrayOID
    }

    /// The type `bool`.
    public static let bool = PostgresType(oid: 16, arrayOID: 1000)
    /// The type `bytea`.
    public static let bytea = PostgresType(oid: 17, arrayOID: 1001)
    /// The type `name`: identifiers in the system's catalogs.
    public static let name = PostgresType(oid: 19, arrayOID: 1003)
    /// The type `int8`.
    public static let int8 = PostgresType(oid: 20, arrayOID: 1016)
    /// The type `int2`.
    public static let int2 = PostgresType(oid: 21, arrayOID: 1005)
    /// The type `int4`.
    public static let int4 = PostgresType(oid: 23, arrayOID: 1007)
    /// The type `text`.
    public static let text = PostgresType(oid: 25, arrayOID: 1009)
    /// The type `json`.
    public static let json = PostgresType(oid: 114, arrayOID: 199)
    /// The type `float4`.
    public static let float4 = PostgresType(oid: 700, arrayOID: 1021)
    /// The type `float8`.
    public static let float8 = PostgresType(oid: 701, arrayOID: 1022)
    /// The type `unknown`: a literal nobody has given a type yet.
    public static let unknown = PostgresType(oid: 705, arrayOID: 0)
    /// The type `bpchar`: text padded with blanks.
    public static let bpchar = PostgresType(oid: 1042, arrayOID: 1014)
    /// The type `varchar`.
    public static let varchar = PostgresType(oid: 1043, arrayOID: 1015)
    /// The type `timestamptz`.
    public static let timestamptz = PostgresType(oid: 1184, arrayOID: 1185)
    /// The type `uuid`.
    public static let uuid = PostgresType(oid: 2950, arrayOID: 2951)

    /// Types made by `CREATE TYPE`, enums among them, have object ids from here on.
    static let userDefinedOIDMin: UInt32 = 16_384
}
