import BookingDomain
import BookingStore
import Synchronization

/// How many events an organizer may have that are not over.
///
/// The databases are asked each time. What this instance is making for the same organizer counts as made,
/// so requests at once do not get past the limit here; other instances do not hear of it, and the limit can
/// be overshot by what they are making at the same moment. A shard that does not answer counts for nothing.
final class EventQuota: Sendable {
    private let eventsMax: Int
    private let store: any EventStore
    private let making = Mutex<[UserID: Int]>([:])

    init(eventsMax: Int, store: any EventStore) {
        self.eventsMax = eventsMax
        self.store = store
    }

    /// Makes an event, or refuses when the organizer has as many as may be.
    func making<Value>(
        for organizer: UserID, _ make: () async throws -> Value
    ) async throws -> Value {
        let beside = making.withLock { making in
            making[organizer, default: 0] += 1
            return making[organizer, default: 0]
        }
        defer { made(for: organizer) }
        let count = await store.eventsNotOver(of: organizer, max: eventsMax)
        guard count + beside <= eventsMax else { throw Refusal.tooManyEvents(eventsMax) }
        return try await make()
    }

    private func made(for organizer: UserID) {
        making.withLock { making in
            let left = making[organizer, default: 0] - 1
            making[organizer] = left > 0 ? left : nil
        }
    }
}
