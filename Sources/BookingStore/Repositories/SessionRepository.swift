package import BookingDomain
package import Postgres

/// The sessions that ended before their time, in the directory database.
package struct SessionRepository: Sendable {
    /// How many revocations are read at a time.
    static let pageMax = 5000

    private let directory: PostgresPool

    package init(directory: PostgresPool) { self.directory = directory }

    /// Ends a session that would have lasted until `expiresAt`.
    package func revoke(
        _ session: SessionID, until expiresAt: Instant
    ) async throws(StoreError) {
        _ = try await storing { () async throws(PostgresError) in
            try await directory.pipeline(
                InsertSessionRevocation(session: session, expiresAt: expiresAt),
                NotifySessionRevoked())
        }
    }

    /// Passes on the revocations that may have been written since `mark`, all without one.
    ///
    /// Some may come again. Returns the mark for the next time.
    package func revocations(
        since mark: RevocationMark?, _ take: ([SessionRevocation]) -> Void
    ) async throws(StoreError) -> RevocationMark {
        try await storing { () async throws(PostgresError) in
            var place = RevocationPlace(transaction: mark?.transaction ?? "0", subject: 0)
            var next: RevocationMark?
            while true {
                let (marks, rows) = try await directory.pipeline(
                    SelectRevocationMark(), SelectRevocations(from: place, limit: Self.pageMax))
                take(rows.map(\.revocation))
                // What is written while the pages are read is read again next time.
                next = next ?? marks.first
                guard rows.count == Self.pageMax, let last = rows.last else { break }
                place = last.place
            }
            guard let next else { throw .unreadable("the server names no transaction") }
            return next
        }
    }

    /// Deletes what has expired.
    package func deleteExpired() async throws(StoreError) {
        _ = try await storing { () async throws(PostgresError) in
            try await directory.execute(DeleteExpiredRevocations())
        }
    }

    /// Calls `heard` whenever a session was revoked, from when it begins to listen until the connection ends.
    package func listen(_ heard: @Sendable () -> Void) async throws {
        try await directory.withConnection { connection in
            let notifications = try await connection.notifications(
                on: NotifySessionRevoked.channel)
            heard()
            for await _ in notifications { heard() }
            // It still listens; another user of the pool's connection does not want that.
            await connection.close()
        }
    }
}
