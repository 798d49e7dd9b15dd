extension Bool: PostgresEncodable, PostgresDecodable, PostgresArrayElement {
    /// The type `bool`.
    public static var postgresType: PostgresType { .bool }

    /// One byte, 0 or 1.
    public func encodePostgres(into writer: inout PostgresBinaryWriter) {
        writer.append(self ? 1 as UInt8 : 0)
    }

    /// Anything but 0 is true.
    public static func decodePostgres(
        from reader: inout PostgresBinaryReader
    ) throws(PostgresError) -> Bool {
        try reader.readInteger(as: UInt8.self) != 0
    }
}

extension Int16: PostgresEncodable, PostgresDecodable, PostgresArrayElement {
    /// The type `int2`.
    public static var postgresType: PostgresType { .int2 }

    /// Two bytes.
    public func encodePostgres(into writer: inout PostgresBinaryWriter) { writer.append(self) }

    /// Reads an `int2`.
    public static func decodePostgres(
        from reader: inout PostgresBinaryReader
    ) throws(PostgresError) -> Int16 {
        try reader.readInteger()
    }
}

extension Int32: PostgresEncodable, PostgresDecodable, PostgresArrayElement {
    /// The type `int4`.
    public static var postgresType: PostgresType { .int4 }

    /// True for `int2` and `int4`.
    public static func canDecodePostgres(oid: UInt32) -> Bool {
        oid == PostgresType.int4.oid || oid == PostgresType.int2.oid
    }

    /// Four bytes.
    public func encodePostgres(into writer: inout PostgresBinaryWriter) { writer.append(self) }

    /// Reads an `int4` or the narrower one.
    public static func decodePostgres(
        from reader: inout PostgresBinaryReader
    ) throws(PostgresError) -> Int32 {
        reader.remaining == 2
            ? Int32(try reader.readInteger(as: Int16.self)) : try reader.readInteger()
    }
}

extension Int64: PostgresEncodable, PostgresDecodable, PostgresArrayElement {
    /// The type `int8`.
    public static var postgresType: PostgresType { .int8 }

    /// True for `int2`, `int4` and `int8`.
    public static func canDecodePostgres(oid: UInt32) -> Bool {
        oid == PostgresType.int8.oid || Int32.canDecodePostgres(oid: oid)
    }

    /// Eight bytes.
    public func encodePostgres(into writer: inout PostgresBinaryWriter) { writer.append(self) }

    /// Reads an `int8` or a narrower one.
    public static func decodePostgres(
        from reader: inout PostgresBinaryReader
    ) throws(PostgresError) -> Int64 {
        reader.remaining == 8
            ? try reader.readInteger() : Int64(try Int32.decodePostgres(from: &reader))
    }
}

extension Int: PostgresEncodable, PostgresDecodable, PostgresArrayElement {
    /// The type `int8`.
    public static var postgresType: PostgresType { .int8 }

    /// True for `int2`, `int4` and `int8`.
    public static func canDecodePostgres(oid: UInt32) -> Bool { Int64.canDecodePostgres(oid: oid) }

    /// Eight bytes.
    public func encodePostgres(into writer: inout PostgresBinaryWriter) {
        writer.append(Int64(self))
    }

    /// Reads an `int8` or a narrower one.
    public static func decodePostgres(
        from reader: inout PostgresBinaryReader
    ) throws(PostgresError) -> Int {
        Int(try Int64.decodePostgres(from: &reader))
    }
}

extension Double: PostgresEncodable, PostgresDecodable, PostgresArrayElement {
    /// The type `float8`.
    public static var postgresType: PostgresType { .float8 }

    /// True for `float4` and `float8`.
    public static func canDecodePostgres(oid: UInt32) -> Bool {
        oid == PostgresType.float8.oid || oid == PostgresType.float4.oid
    }

    /// Eight bytes, IEEE 754.
    public func encodePostgres(into writer: inout PostgresBinaryWriter) {
        writer.append(bitPattern)
    }

    /// Reads a `float8` or the narrower one.
    public static func decodePostgres(
        from reader: inout PostgresBinaryReader
    ) throws(PostgresError) -> Double {
        reader.remaining == 4
            ? Double(Float(bitPattern: try reader.readInteger()))
            : Double(bitPattern: try reader.readInteger())
    }
}
