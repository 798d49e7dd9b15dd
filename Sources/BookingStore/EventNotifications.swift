package import BookingDomain
package import Postgres

/// The events of a shard that were made or changed, as they are announced.
package struct EventNotifications: AsyncSequence, Sendable {
    private let notifications: PostgresNotifications

    /// Listens while `body` runs.
    ///
    /// What was announced before is not heard: read the events after the listening has begun.
    package static func listen(
        on pool: PostgresPool, _ body: (EventNotifications) async throws -> Void
    ) async throws {
        try await pool.withConnection { connection in
            let notifications = try await connection.notifications(
                on: NotifyEventChanged.channel)
            do { try await body(EventNotifications(notifications: notifications)) } catch {
                await connection.close()
                throw error
            }
            await connection.close()
        }
    }

    package func makeAsyncIterator() -> Iterator {
        Iterator(notifications: notifications.makeAsyncIterator())
    }

    package struct Iterator: AsyncIteratorProtocol {
        fileprivate var notifications: PostgresNotifications.AsyncIterator

        /// `nil` when the connection has ended.
        package mutating func next() async throws -> EventID? {
            while let notification = try await notifications.next() {
                if let event = EventID(notification.payload) { return event }
            }
            return nil
        }
    }
}
