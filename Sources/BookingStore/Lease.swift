package import BookingDomain

/// The right to write to a shard: who has it, and how many had it before.
package struct Lease: Hashable, Sendable {
    package let shard: ShardNumber
    package let owner: String
    package let epoch: Int64
    /// How long it lasts from each renewal, by the database's clock.
    package let duration: Duration

    var milliseconds: Int64 {
        duration.components.seconds * 1000
            + duration.components.attoseconds / 1_000_000_000_000_000
    }
}
