package import BookingDomain
package import BookingStore

/// The sessions that ended before their time, as all instances share them.
package protocol SessionStore: Sendable {
    /// Ends a session that would have lasted until `expiresAt`.
    func revoke(_ session: SessionID, until expiresAt: Instant) async throws(StoreError)

    /// Passes on the revocations that may have been written since `mark`, all without one.
    ///
    /// Some may come again. Returns the mark for the next time.
    func revocations(
        since mark: RevocationMark?, _ take: ([SessionRevocation]) -> Void
    ) async throws(StoreError) -> RevocationMark

    /// Deletes what has expired.
    func deleteExpired() async throws(StoreError)

    /// Calls `heard` when it begins to listen, and whenever a session was ended, until it cannot.
    func listen(_ heard: @escaping @Sendable () -> Void) async throws
}

extension SessionRepository: SessionStore {}
