package import BookingDomain
import Postgres

/// A place in a user's bookings, newest first.
package struct BookingCursor: Hashable, Sendable {
    package let createdAt: Instant
    package let key: BookingKey

    package init(createdAt: Instant, key: BookingKey) {
        self.createdAt = createdAt
        self.key = key
    }

    /// Before every booking there will be until the year 2255.
    static let newest = BookingCursor(
        createdAt: Instant(microsecondsSinceEpoch: 9_000_000_000_000_000),
        key: BookingKey(bits: .max))
}

/// The bookings that have been decided, for reading.
package struct BookingRepository: Sendable {
    private let shards: ShardPools

    package init(shards: ShardPools) { self.shards = shards }

    /// `nil` while the booking is not decided, and when its key names a shard that does not exist.
    package func booking(_ key: BookingKey) async throws(StoreError) -> Booking? {
        try await bookings([key]).first
    }

    /// Those of `keys` that are decided, of whatever shards, in no order.
    package func bookings(_ keys: [BookingKey]) async throws(StoreError) -> [Booking] {
        var found: [Booking] = []
        for (shard, keys) in Dictionary(grouping: keys, by: \.shard) {
            guard let pool = shards[shard] else { continue }
            found += try await storing { () async throws(PostgresError) in
                try await pool.execute(SelectBookings(keys: keys))
            }
        }
        return found
    }

    /// A user's bookings of all events, newest first.
    package func bookings(
        of user: UserID, before cursor: BookingCursor?, limit: Int
    ) async throws(StoreError) -> [Booking] {
        let found = try await shards.gather { (pool) async throws(PostgresError) in
            try await pool.execute(
                SelectBookingsOfUser(user: user, before: cursor, limit: limit))
        }
        return Array(
            found.sorted { ($0.createdAt, $0.key) > ($1.createdAt, $1.key) }.prefix(limit))
    }

    /// An event's bookings in the order of its line.
    package func bookings(
        of event: EventID, after sequence: Int64, limit: Int
    ) async throws(StoreError) -> [Booking] {
        guard let pool = shards[event.shard] else { return [] }
        return try await storing { () async throws(PostgresError) in
            try await pool.execute(
                SelectBookingsOfEvent(event: event, after: sequence, limit: limit))
        }
    }

    /// What those of `buyers` may have still who have some tickets of limited types.
    package func leftovers(of buyers: [Buyer]) async throws(StoreError) -> [BuyerLeftovers] {
        var found: [Buyer: BuyerLeftovers] = [:]
        for (shard, buyers) in Dictionary(grouping: buyers, by: \.event.shard) {
            guard let pool = shards[shard] else { continue }
            let rows = try await storing { () async throws(PostgresError) in
                try await pool.execute(SelectLeftovers(buyers: buyers))
            }
            for row in rows {
                found[row.buyer, default: BuyerLeftovers(buyer: row.buyer, left: [:])]
                    .left[row.ticketType] = row.quantity
            }
        }
        return Array(found.values)
    }
}
