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

    /// Events whose log does not go from 1 to the event's own sequence, or has more or fewer bookings in it than
    /// there are rows, or whose bookings and changes have a sequence in common.
    private static let sequences = """
        SELECT 'sequences', e.id, e.sequence, l.entries, l.first, l.last, r.taken, r.different
          FROM event e,
               LATERAL (SELECT coalesce(sum(count), 0) AS entries, min(first_sequence) AS first,
                               max(first_sequence + count - 1) AS last
                          FROM log_page WHERE event_id = e.id) l,
               LATERAL (SELECT count(*) AS taken, count(DISTINCT sequence) AS different
                          FROM (SELECT sequence FROM booking WHERE event_id = e.id
                                UNION ALL
                                SELECT sequence FROM booking_change WHERE event_id = e.id
                                UNION ALL
                                SELECT DISTINCT as_of_sequence FROM booking
                                 WHERE event_id = e.id AND status = 'expired') s) r
         WHERE l.entries <> e.sequence OR coalesce(l.last, 0) <> e.sequence
            OR coalesce(l.first, 1) <> 1 OR r.taken <> r.different
            OR r.taken > e.sequence
            OR (NOT EXISTS (SELECT FROM booking_change WHERE event_id = e.id)
                AND NOT EXISTS (SELECT FROM booking WHERE event_id = e.id AND flags <> 0)
                AND r.taken <> e.sequence)
        """

    private func rows(_ sql: String, at url: String) async throws -> [String] {
        let psql = Psql(
            url: url, folder: services.folder, environment: PrivateServices.toolEnvironment)
        return try await psql.rows(sql)
    }
}
