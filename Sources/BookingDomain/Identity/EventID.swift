/// An event's id: a UUIDv7 whose twelve `rand_a` bits hold the shard.
///
/// So an event is found without a directory look-up, and shards can be added at any time: new events
/// go to them, old ones stay. Ids sort by the time they were made.
package struct EventID: UUIDIdentifier {
    private let halves: HalvedBits

    package var bits: UInt128 { halves.joined }

    package init(bits: UInt128) { halves = HalvedBits(bits) }

    /// Makes an id from its parts.
    /// - Parameters:
    ///   - shard: Where the event will live.
    ///   - now: The time of its making; milliseconds of it are kept.
    ///   - random: 62 of these bits make the id unique.
    package init(shard: ShardNumber, now: Instant, random: UInt64) {
        self.init(bits: (UInt128(timeOf: now) | UInt128(random)).stamped(version: 7, shard: shard))
    }

    package var shard: ShardNumber { ShardNumber(in: self) }

    /// When it was made, by the clock of its maker, to the millisecond.
    package var madeAt: Instant {
        Instant(microsecondsSinceEpoch: Int64(bits >> 80) * 1000)
    }
}
