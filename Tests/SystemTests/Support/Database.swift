import ChildProcesses
import Foundation

/// The databases as seen by psql: a second opinion that shares no code with what is tested.
struct Database: Sendable {
    private let services: PrivateServices

    init(_ services: PrivateServices) { self.services = services }

    private var shardURLs: [String] {
        (services.settings["BOXOFFICE_SHARD_URLS"] ?? "").split(separator: ",").map(String.init)
    }

    /// The rows `sql` gives in all shards, columns with a bar between them.
    func rows(_ sql: String) async throws -> [String] {
        var rows: [String] = []
        for url in shardURLs { rows += try await self.rows(sql, at: url) }
        return rows
    }

    /// The rows `sql` gives to the superuser.
    func rowsAsSuperuser(_ sql: String) async throws -> [String] {
        try await rows(sql, at: services.settings["BOXOFFICE_TEST_POSTGRES_URL"] ?? "")
    }

    /// Makes every commit wait, as on a slow disk, so that whatever is killed is killed in the midst
    /// of a batch.
    func slowDown() async throws {
        for statement in [
            "ALTER SYSTEM SET commit_siblings = 0", "ALTER SYSTEM SET commit_delay = 30000",
            "SELECT pg_reload_conf()",
        ] { _ = try await rowsAsSuperuser(statement) }
    }

    /// Stops every session of the programs in its tracks while `body` runs.
    func whileFrozen(_ body: () async throws -> Void) async throws {
        let sessions = try await rowsAsSuperuser(
            "SELECT pid FROM pg_stat_activity WHERE usename LIKE 'boxoffice%'"
        ).compactMap { pid_t($0) }
        defer { for session in sessions { kill(session, SIGCONT) } }
        for session in sessions where kill(session, SIGSTOP) != 0 && errno != ESRCH {
            throw TestFailure("session \(session) cannot be stopped: errno \(errno)")
        }
        if sessions.isEmpty { throw TestFailure("the programs have no session to freeze") }
        try await body()
    }

    /// Everything in all shards that does not add up, a line each.
    func inconsistencies() async throws -> [String] {
        try await rows(Self.counters) + rows(Self.sequences)
    }

    /// Ticket types whose counters are not what the confirmed rows say.
    private static let counters = """
        SELECT 'counters', t.event_id, t.number, t.capacity, t.available, t.held, t.confirmed,
               coalesce(sold.sum, 0)
          FROM ticket_type t
          LEFT JOIN (SELECT b.event_id, item.number, sum(item.quantity)
                       FROM booking b, unnest(b.ticket_types, b.quantities) item (number, quantity)
                      WHERE b.status = 'confirmed'
                      GROUP BY b.event_id, item.number) sold (event_id, number, sum)
            ON (sold.event_id, sold.number) = (t.event_id, t.number)
         WHERE t.available + t.held + t.confirmed <> t.capacity
            OR t.available < 0
            OR t.confirmed <> coalesce(sold.sum, 0)
        """

    /// Events whose bookings are not numbered 1…n, n being the event's own sequence.
    private static let sequences = """
        SELECT 'sequences', e.id, e.sequence, count(b.key), min(b.sequence), max(b.sequence)
          FROM event e LEFT JOIN booking b ON b.event_id = e.id
         GROUP BY e.id, e.sequence
        HAVING count(b.key) <> e.sequence
            OR coalesce(max(b.sequence), 0) <> e.sequence
            OR coalesce(min(b.sequence), 1) <> 1
            OR count(DISTINCT b.sequence) <> count(b.key)
        """

    private func rows(_ sql: String, at url: String) async throws -> [String] {
        let psql = Psql(
            url: url, folder: services.folder, environment: PrivateServices.toolEnvironment)
        return try await psql.rows(sql)
    }
}
