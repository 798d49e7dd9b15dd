/// Which shard, that is which Postgres database, an event and its bookings live in.
package struct ShardNumber: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let rawValue: Int

    /// `nil` when the number does not fit the twelve bits an id has for it.
    package init?(_ rawValue: Int) {
        guard (0..<BookingLimits.shardsMax).contains(rawValue) else { return nil }
        self.rawValue = rawValue
    }

    /// The shard that the twelve bits after the version of `identifier` name.
    init(in identifier: some UUIDIdentifier) {
        rawValue = Int(truncatingIfNeeded: identifier.bits >> 64) & 0xFFF
    }

    package static func < (left: ShardNumber, right: ShardNumber) -> Bool {
        left.rawValue < right.rawValue
    }

    package var description: String { String(rawValue) }
}

extension UInt128 {
    /// These 128 bits as a UUID of `version`, its other bits left as they are.
    func stamped(version: UInt8) -> UInt128 {
        let free = self & ~(0xF << 76 | 0xC000_0000_0000_0000)
        return free | UInt128(version) << 76 | 0x8000_0000_0000_0000
    }

    /// These 128 bits as a UUID of `version` with `shard` in its twelve `rand_a` bits.
    func stamped(version: UInt8, shard: ShardNumber) -> UInt128 {
        (self & ~(0xFFF << 64) | UInt128(shard.rawValue) << 64).stamped(version: version)
    }

    /// The first 48 bits of a UUIDv7: milliseconds since 1970.
    init(timeOf now: Instant) {
        self = UInt128(UInt64(Swift.max(0, now.microsecondsSinceEpoch / 1000))) << 80
    }
}
