import BookingDomain
import Postgres

extension UUIDIdentifier {
    init(_ uuid: PostgresUUID) { self.init(bits: UInt128(uuid.high) << 64 | UInt128(uuid.low)) }

    var uuid: PostgresUUID {
        PostgresUUID(
            high: UInt64(truncatingIfNeeded: bits >> 64), low: UInt64(truncatingIfNeeded: bits))
    }
}

extension Instant {
    init(_ timestamp: PostgresTimestamp) {
        self.init(microsecondsSinceEpoch: timestamp.microsecondsSinceUnixEpoch)
    }

    var timestamp: PostgresTimestamp {
        PostgresTimestamp(microsecondsSinceUnixEpoch: microsecondsSinceEpoch)
    }
}

extension PostgresRow {
    mutating func next<ID: UUIDIdentifier>(id: ID.Type = ID.self) throws(PostgresError) -> ID {
        ID(try next(PostgresUUID.self))
    }

    mutating func instant() throws(PostgresError) -> Instant {
        Instant(try next(PostgresTimestamp.self))
    }

    /// What is counted one by one.
    mutating func count() throws(PostgresError) -> Int64 {
        guard let count = try countIfAny() else { throw .unreadable("a count is missing") }
        return count
    }

    mutating func countIfAny() throws(PostgresError) -> Int64? {
        let count = try next(Int64?.self)
        guard count.map(BookingLimits.counts.contains) ?? true else {
            throw .unreadable("a count is out of range")
        }
        return count
    }

    mutating func word<Word: RawRepresentable<String>>(
        _ type: Word.Type = Word.self
    ) throws(PostgresError) -> Word {
        guard let word = Word(rawValue: try next(String.self)) else {
            throw PostgresError(
                code: .unknownValue, message: "a column holds no known \(Word.self)",
                isSafeToRetry: false)
        }
        return word
    }
}

extension PostgresError {
    /// A row that cannot be read as what it should be.
    static func unreadable(_ message: String) -> PostgresError {
        PostgresError(code: .decoding, message: message, isSafeToRetry: false)
    }
}
