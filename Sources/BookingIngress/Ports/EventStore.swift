package import BookingDomain
package import BookingStore

/// The events, as the ingress needs them.
package protocol EventStore: Sendable {
    func create(_ event: Event) async throws(StoreError)
    /// How many of an organizer's events are not over, as far as that can be told; `max` at least when there
    /// are more.
    func eventsNotOver(of organizer: UserID, max: Int) async -> Int
    /// Whether an organizer has events that are not over; throws unless that is certain.
    func hasEventsNotOver(_ organizer: UserID) async throws(StoreError) -> Bool
    /// Those of `ids` that there are, in no order.
    func events(_ ids: [EventID]) async throws(StoreError) -> [Event]
    /// At most `limit` events that are not drafts, newest first, older than `cursor`.
    func events(before cursor: EventID?, limit: Int) async throws(StoreError) -> [Event]
}

extension EventRepository: EventStore {}
