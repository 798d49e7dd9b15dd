package import BookingDomain
package import Postgres

/// The logs of one shard's events.
package struct LogRepository: Sendable {
    /// The most bookings that are packed into one page.
    private static let packedMax: Int64 = 2000

    private let pool: PostgresPool

    package init(pool: PostgresPool) { self.pool = pool }

    /// Packs what is in no log yet, since older programs wrote it; calls `progress` with what is done of each.
    ///
    /// Returns how many entries were added.
    package func completeAll(
        progress: (EventID, _ entries: Int64) -> Void = { _, _ in }
    ) async throws(StoreError) -> Int64 {
        let events = try await storing { () async throws(PostgresError) in
            try await pool.execute(SelectUnloggedEvents())
        }
        var added: Int64 = 0
        for (event, logged, sequence) in events {
            _ = try await complete(event, from: logged, to: sequence)
            added += max(0, sequence - logged)
            progress(event, max(0, sequence - logged))
        }
        return added
    }

    /// Packs the bookings of an event from above its log's end up to `sequence`, which was its last when the log
    /// ended at `logged`; returns when the last of them was decided, `nil` when there are none.
    ///
    /// Batches wait for the event's row, or find its version changed; so pages abut.
    func complete(
        _ event: EventID, from logged: Int64, to sequence: Int64
    ) async throws(StoreError) -> Instant? {
        var (logged, last) = (logged, Instant?.none)
        while logged < sequence {
            let (after, upTo) = (logged, min(sequence, logged + Self.packedMax))
            let rows = try await storing { () async throws(PostgresError) in
                try await pool.execute(SelectUnlogged(event: event, after: after, upTo: upTo))
            }
            let entries = rows.compactMap { Entry(of: $0.booking) }
            let end: LogEnd?
            if entries.map(\.sequence) == Array((after + 1)...upTo), let epoch = rows.last?.epoch,
                let page = LogPage(entries, of: event)
            {
                end = try await storing { () async throws(PostgresError) in
                    try await pool.pipeline(
                        LockEvent(event: event), InsertPackedPage(page: page, epoch: epoch)
                    ).1
                }.first
            } else {
                // Somebody else has packed them, and moved bookings on since.
                end = try await storing { () async throws(PostgresError) in
                    try await pool.execute(SelectLogEnd(event: event))
                }.first
            }
            guard let end, end.sequence > logged else {
                throw StoreError(
                    .corrupt, "an event's bookings do not go on where its log ends",
                    isSafeToRetry: false)
            }
            (logged, last) = (end.sequence, end.at)
        }
        return last
    }
}
