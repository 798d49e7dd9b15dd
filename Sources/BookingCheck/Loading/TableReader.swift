import BookingDomain
import Postgres

/// Reads the tables of all shards, with plain statements and after everybody has stopped writing.
struct TableReader: Sendable {
    /// In the order of the shards' numbers.
    let shards: [PostgresPool]

    /// How many bookings are read at a time.
    private static let pageRows = 20_000
    /// How many pages of logs are read at a time; one may hold thousands of entries.
    private static let logPageRows = 500

    func read() async throws(CheckError) -> Tables {
        var tables = Tables()
        for (number, pool) in shards.enumerated() {
            do throws(PostgresError) {
                try await read(pool, into: &tables)
            } catch {
                throw CheckError(.tables, "shard \(number): \(error)")
            }
            guard tables.shards.last?.shard.rawValue == number else {
                throw CheckError(.tables, "the database for shard \(number) is another's")
            }
        }
        return tables
    }

    private func read(
        _ pool: PostgresPool, into tables: inout Tables
    ) async throws(PostgresError) {
        let (shards, events, hasAudits, marks, letters) = try await pool.pipeline(
            SelectShard(), SelectEvents(), SelectAuditPresence(), SelectTallyMarks(),
            CountLetters())
        for mark in marks { tables.tallied[mark.event] = mark.sequence }
        tables.deadLetters += Int(clamping: letters.first ?? 0)
        let audits = hasAudits == [true] ? try await pool.execute(SelectAudits()) : []
        tables.shards += shards.map {
            StoredShard(shard: $0.shard, commands: $0.commands, audits: audits)
        }
        for row in events {
            if tables.events.last?.id == row.id {
                tables.events[tables.events.count - 1].ticketTypes += row.ticketTypes
            } else {
                tables.events.append(row)
            }
        }
        tables.bookings += try await pages { (last) async throws(PostgresError) in
            try await pool.execute(SelectBookings(last: last?.booking, limit: Self.pageRows))
        }
        tables.pages += try await pages(of: Self.logPageRows) {
            (last) async throws(PostgresError) in
            try await pool.execute(SelectLogPages(last: last?.page, limit: Self.logPageRows))
        }
        tables.changes += try await pages { (last) async throws(PostgresError) in
            try await pool.execute(SelectChanges(last: last, limit: Self.pageRows))
        }
        tables.tallies += try await pages { (last) async throws(PostgresError) in
            try await pool.execute(SelectTallies(last: last, limit: Self.pageRows))
        }
    }

    /// All pages of a table; `page` gets the last row of the page before.
    private func pages<Row>(
        of count: Int = pageRows, _ page: (Row?) async throws(PostgresError) -> [Row]
    ) async throws(PostgresError) -> [Row] {
        var rows: [Row] = []
        while true {
            let next = try await page(rows.last)
            rows += next
            guard next.count == count else { return rows }
        }
    }
}
