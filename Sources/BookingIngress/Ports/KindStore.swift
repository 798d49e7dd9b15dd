package import BookingDomain
package import BookingStore

/// What the owners of the shards say that they read.
package protocol KindStore: Sendable {
    /// The kinds of command that a shard's owner reads, by name, and for how long all its owners have.
    func kinds(of shard: ShardNumber) async throws(StoreError) -> [String: Duration]
}

extension KindRepository: KindStore {}
