package import BookingDomain
package import BookingStore

/// The bookings that have been decided, as the ingress reads them.
package protocol DecidedBookings: Sendable {
    /// Those of `references` that are decided, in no order.
    func bookings(_ references: [BookingReference]) async throws(StoreError) -> [Booking]
    /// What those changes came to that are decided, in no order.
    func changes(_ references: [ChangeReference]) async throws(StoreError) -> [Change]
    /// What those of `buyers` may have still who have some tickets of limited types.
    func leftovers(of buyers: [Buyer]) async throws(StoreError) -> [BuyerLeftovers]
    /// A user's bookings, newest first, older than `cursor`; in a status, if one is given.
    func bookings(
        of user: UserID, in status: BookingStatus?, before cursor: BookingCursor?, limit: Int
    ) async throws(StoreError) -> [Booking]
    /// An event's bookings in the order of its line, after that sequence.
    func bookings(
        of event: EventID, after sequence: Int64, limit: Int
    ) async throws(StoreError) -> [Booking]
}

extension BookingRepository: DecidedBookings {}
