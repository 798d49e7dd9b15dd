package import BookingDomain
package import Postgres

/// The events of a shard that were made or changed, as they are announced.
package typealias EventNotifications = AsyncCompactMapSequence<PostgresNotifications, EventID>

extension LedgerRepository {
    /// Listens for events that are made or changed while `body` runs.
    ///
    /// What was announced before is not heard: read the events after the listening has begun. The
    /// sequence ends when the connection does.
    package func listen(
        _ body: @Sendable (EventNotifications) async throws -> Void
    ) async throws {
        try await pool.withConnection { connection in
            let notifications = try await connection.notifications(
                on: NotifyEventChanged.channel)
            let result: Result<Void, any Error>
            do {
                try await body(notifications.compactMap { EventID($0.payload) })
                result = .success(())
            } catch { result = .failure(error) }
            // It still listens; another user of the pool's connection does not want that.
            await connection.close()
            try result.get()
        }
    }
}
