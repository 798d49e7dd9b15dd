/// A `timestamptz`: an instant, to the microsecond.
public struct PostgresTimestamp: Hashable, Sendable {
    /// Microseconds since 1970-01-01T00:00:00Z.
    ///
    /// The extreme values stand for the server's infinities.
    public var microsecondsSinceUnixEpoch: Int64

    /// Names the instant.
    public init(microsecondsSinceUnixEpoch: Int64) {
        self.microsecondsSinceUnixEpoch = microsecondsSinceUnixEpoch
    }

    /// `'infinity'`: later than every instant.
    public static let infinity = PostgresTimestamp(microsecondsSinceUnixEpoch: .max)

    /// `'-infinity'`: earlier than every instant.
    public static let negativeInfinity = PostgresTimestamp(microsecondsSinceUnixEpoch: .min)

    /// The server counts from 2000-01-01T00:00:00Z.
    private static let serverEpoch: Int64 = 946_684_800_000_000
}

extension PostgresTimestamp: Comparable {
    /// Earlier is less.
    public static func < (one: PostgresTimestamp, other: PostgresTimestamp) -> Bool {
        one.microsecondsSinceUnixEpoch < other.microsecondsSinceUnixEpoch
    }
}

extension PostgresTimestamp: PostgresEncodable, PostgresDecodable, PostgresArrayElement {
    /// The type `timestamptz`.
    public static var postgresType: PostgresType { .timestamptz }

    /// Eight bytes: microseconds since the server's epoch.
    public func encodePostgres(into writer: inout PostgresBinaryWriter) {
        guard self != .infinity, self != .negativeInfinity else {
            return writer.append(microsecondsSinceUnixEpoch)
        }
        let (moved, overflow) =
            microsecondsSinceUnixEpoch
            .subtractingReportingOverflow(Self.serverEpoch)
        // Such an instant is out of the server's range by far: let the server say so.
        writer.append(overflow ? Int64.min + 1 : moved)
    }

    /// Eight bytes: microseconds since the server's epoch.
    public static func decodePostgres(
        from reader: inout PostgresBinaryReader
    ) throws(PostgresError) -> PostgresTimestamp {
        let value = try reader.readInteger(as: Int64.self)
        guard value != .max, value != .min else {
            return PostgresTimestamp(microsecondsSinceUnixEpoch: value)
        }
        let (moved, overflow) = value.addingReportingOverflow(serverEpoch)
        guard !overflow else { throw .decoding("the instant is out of range") }
        return PostgresTimestamp(microsecondsSinceUnixEpoch: moved)
    }
}
