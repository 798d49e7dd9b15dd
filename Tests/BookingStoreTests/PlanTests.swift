import BookingTestSupport
import Postgres
import Testing

@testable import BookingStore

/// Every query on a request's or a batch's path finds its rows by an index.
@Suite struct PlanTests {
    /// Enough rows that reading them all would not be cheaper.
    private static let filling = """
        INSERT INTO event (id, organizer_id, title, starts_at, status, created_at)
        SELECT gen_random_uuid(), gen_random_uuid(), 'e' || n, now(),
            CASE WHEN n % 50 = 0 THEN 'onSale' ELSE 'closed' END, now()
        FROM generate_series(1, 5000) n;
        INSERT INTO ticket_type (event_id, number, name, capacity, available)
        SELECT id, n, 'type', 10, 10 FROM event, generate_series(1, 2) n;
        INSERT INTO booking (key, event_id, sequence, user_id, status, ticket_types, quantities,
            created_at, decided_at, epoch)
        SELECT gen_random_uuid(), id, n, gen_random_uuid(), 'confirmed', '{1}', '{1}', now(), now(), 1
        FROM event, generate_series(1, 4) n;
        INSERT INTO buyer_tally (event_id, user_id, ticket_type, taken)
        SELECT event_id, user_id, 1, 1 FROM booking;
        INSERT INTO event_tally (event_id, sequence) SELECT id, 4 FROM event;
        INSERT INTO booking_change (event_id, id, booking_key, sequence)
        SELECT event_id, gen_random_uuid(), key, sequence FROM booking;
        INSERT INTO log_page (event_id, first_sequence, count, decided_at, epoch, entries)
        SELECT event_id, sequence, 1, decided_at, 1, '' FROM booking;
        ANALYZE;
        """

    static let shardQueries: [(String, String)] = [
        ("an event", SelectEvents.sql), ("the public list", SelectPublicEvents.sql),
        ("what a user may have still", SelectLeftovers.sql),
        ("an organizer's events", CountEventsNotOver.sql),
        ("events to consume", SelectEventsToConsume.sql),
        ("whether an event is to be consumed", IsToConsume.sql),
        ("bookings by key", SelectBookings.sql),
        ("bookings of a user", SelectBookingsOfUser.sql),
        ("bookings of an event", SelectBookingsOfEvent.sql),
        ("what a user has", SelectTaken.sql), ("events not tallied", SelectUntallied.sql),
        ("the versions", AdvanceEvents.sql), ("ledgers", SelectLedgers.sql),
        ("when holds are due", SelectDeadlines.sql),
        ("the counters", MovePlaces.sql), ("bookings that change", UpdateBookings.sql),
        ("what changes came to", SelectChanges.sql), ("what is due", SelectDue.sql),
        ("what is not logged", SelectUnlogged.sql), ("a page that is packed", InsertPackedPage.sql),
        ("where a log ends", SelectLogEnd.sql),
        ("tallies that shrink", TakeFromTallies.sql),
    ]

    @Test("No query of a shard reads a whole table")
    func shard() async throws {
        try await TestDatabases.with(shards: 1, connectionsMax: 1) { databases in
            try await expectIndexes(
                Self.shardQueries, filledBy: Self.filling, databases.shards[0])
        }
    }

    @Test("Nor does one whose plan was made when there was next to nothing in the tables")
    func empty() async throws {
        let filling = SessionSettings.all.map { "SET \($0.key) = '\($0.value)';" }
        try await TestDatabases.with(shards: 1, connectionsMax: 1) { databases in
            try await expectIndexes(
                Self.shardQueries, filledBy: filling.joined(), databases.shards[0])
        }
    }

    @Test("No query of the directory reads a whole table")
    func directory() async throws {
        let filling = """
            INSERT INTO account (id, email, name, role, password_hash)
            SELECT gen_random_uuid(), n || '@example.org', 'n', 'attendee', 'h'
            FROM generate_series(1, 5000) n;
            ANALYZE;
            """
        let queries = [
            ("an account by address", SelectAccountByEmail.sql),
            ("an account by id", SelectAccountByID.sql),
        ]
        try await TestDatabases.with(shards: 0, connectionsMax: 1) { databases in
            try await expectIndexes(queries, filledBy: filling, databases.directory)
        }
    }

    private func expectIndexes(
        _ queries: [(String, String)], filledBy filling: String, _ pool: PostgresPool
    ) async throws {
        try await pool.withConnection { connection in
            try await connection.run(script: filling)
            try await connection.run(script: Explain.setUp)
            for (name, query) in queries {
                // The size of a page decides the plan; a generic one expects a tenth of the table.
                let page = query.replacing(/LIMIT \$\d/, with: "LIMIT 20")
                let plan = try await connection.execute(Explain(query: page))
                let text = plan.joined(separator: "\n")
                #expect(text.contains("Index"), "\(name):\n\(text)")
                #expect(!text.contains("Seq Scan on"), "\(name):\n\(text)")
            }
        }
    }
}
