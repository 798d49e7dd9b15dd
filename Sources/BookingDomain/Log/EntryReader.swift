/// Reads an entry's bytes from front to back; nothing that is read can trap.
struct EntryReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func byte() -> UInt8? { rest.popFirst() }

    /// Two bytes.
    mutating func count() -> Int? {
        guard let high = byte(), let low = byte() else { return nil }
        return Int(high) << 8 | Int(low)
    }

    /// Eight bytes.
    mutating func integer() -> Int64? {
        guard rest.count >= 8 else { return nil }
        defer { rest.removeFirst(8) }
        return Int64(bitPattern: rest.prefix(8).reduce(0) { $0 << 8 | UInt64($1) })
    }

    mutating func instant() -> Instant? {
        integer().map(Instant.init(microsecondsSinceEpoch:))
    }

    mutating func id<ID: UUIDIdentifier>(_ type: ID.Type) -> ID? {
        guard rest.count >= 16 else { return nil }
        defer { rest.removeFirst(16) }
        return ID(bytes: rest.prefix(16))
    }

    /// The number of items in one byte, and two bytes an item.
    mutating func basket() -> Basket? {
        guard let count = byte().map(Int.init), rest.count >= 2 * count else { return nil }
        defer { rest.removeFirst(2 * count) }
        return Basket(packed: Array(rest.prefix(2 * count)))
    }
}

extension [UInt8] {
    mutating func append(bigEndian number: Int64) {
        for shift in stride(from: 56, through: 0, by: -8) {
            append(UInt8(truncatingIfNeeded: number >> Int64(shift)))
        }
    }
}
