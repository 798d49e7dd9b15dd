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

    /// Those of `references` that are decided, of whatever shards, in no order.
    package func bookings(
        _ references: [BookingReference]
    ) async throws(StoreError) -> [Booking] {
        try await rows(of: references, \.event) { SelectBookings(bookings: $0) }
    }

    /// Those of `references` that are decided, of whatever shards, in no order.
    package func changes(
        _ references: [ChangeReference]
    ) async throws(StoreError) -> [Change] {
        try await rows(of: references, \.event) { SelectChanges(changes: $0) }
    }

    private func rows<Reference, Select: PostgresStatement>(
        of references: [Reference], _ event: (Reference) -> EventID,
        _ select: ([Reference]) -> Select
    ) async throws(StoreError) -> [Select.Row] {
        var found: [Select.Row] = []
        for (shard, references) in Dictionary(grouping: references, by: { event($0).shard }) {
            guard let pool = shards[shard] else { continue }
            let statement = select(references)
            found += try await storing { () async throws(PostgresError) in
                try await pool.execute(statement)
            }
        }
        return found
    }

    /// A user's bookings of all events, newest first; in a status, if one is given.
    package func bookings(
        of user: UserID, in status: BookingStatus? = nil, before cursor: BookingCursor?, limit: Int
    ) async throws(StoreError) -> [Booking] {
        let found = try await shards.gather { (pool) async throws(PostgresError) in
            try await pool.execute(
                SelectBookingsOfUser(
                    user: user, status: status, before: cursor, limit: limit))
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
