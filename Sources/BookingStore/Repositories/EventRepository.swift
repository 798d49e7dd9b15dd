package import BookingDomain
import Postgres

/// The events, each in the shard its id names.
package struct EventRepository: Sendable {
    private let shards: ShardPools

    package init(shards: ShardPools) { self.shards = shards }

    /// Stores a new event with its ticket types, and tells the shard's worker of it.
    package func create(_ event: Event) async throws(StoreError) {
        guard let pool = shards[event.id.shard] else {
            throw StoreError(.mismatch, "there is no shard \(event.id.shard)")
        }
        try await storing { () async throws(PostgresError) in
            _ = try await pool.pipeline(
                InsertEvent(event: event), InsertTicketTypes(event: event),
                NotifyEventChanged(event: event.id))
        }
    }

    /// How many of an organizer's events are not over, as far as the shards answer; counts no further than
    /// `max` in each.
    package func eventsNotOver(of organizer: UserID, max: Int) async -> Int {
        let counts = try? await shards.gather { (pool) async throws(PostgresError) in
            (try? await pool.execute(CountEventsNotOver(organizer: organizer, max: max))) ?? []
        }
        return (counts ?? []).reduce(0, +)
    }

    /// Whether an organizer has events that are not over; all shards must answer.
    package func hasEventsNotOver(_ organizer: UserID) async throws(StoreError) -> Bool {
        let counts = try await shards.gather { (pool) async throws(PostgresError) in
            try await pool.execute(CountEventsNotOver(organizer: organizer, max: 1))
        }
        return counts.contains { $0 > 0 }
    }

    /// Those of `ids` that there are, of whatever shards, in no order.
    package func events(_ ids: [EventID]) async throws(StoreError) -> [Event] {
        var found: [Event] = []
        for (shard, ids) in Dictionary(grouping: ids, by: \.shard) {
            guard let pool = shards[shard] else { continue }
            let rows = try await storing { () async throws(PostgresError) in
                try await pool.execute(SelectEvents(ids: ids))
            }
            found += rows.joinedEvents()
        }
        return found
    }

    /// At most `limit` events that are not drafts, newest first over all shards, older than `cursor`.
    package func events(
        before cursor: EventID?, limit: Int
    ) async throws(StoreError) -> [Event] {
        let rows = try await shards.gather { (pool) async throws(PostgresError) in
            try await pool.execute(SelectPublicEvents(before: cursor, limit: limit))
        }
        return Array(rows.joinedEvents().sorted { $0.id > $1.id }.prefix(limit))
    }
}
