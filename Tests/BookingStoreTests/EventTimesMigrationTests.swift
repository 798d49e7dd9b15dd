import BookingTestSupport
import Logging
import Postgres
import Testing

@testable import BookingStore

/// What becomes of events that were made before their times had a range.
@Suite struct EventTimesMigrationTests {
    /// The times of events as they were made, and as the migration leaves them.
    private static let events: [(startsAt: String, endsAt: String, after: String)] = [
        (
            "'2030-06-01 19:30Z'", "'2030-06-01 22:00Z'",
            "2030-06-01 19:30:00 2030-06-01 22:00:00 v1"
        ),
        ("'2030-06-01 19:30Z'", "NULL", "2030-06-01 19:30:00 - v1"),
        ("'0001-12-31 23:59Z BC'", "NULL", "1970-01-01 00:00:00 - v2"),
        ("'0001-12-31 23:59Z BC'", "'1969-01-01Z'", "1970-01-01 00:00:00 - v2"),
        ("'1969-12-31Z'", "'2030-01-01Z'", "1970-01-01 00:00:00 2030-01-01 00:00:00 v2"),
        (
            "'2030-01-01Z'", "'10000-01-01 23:58:59Z'",
            "2030-01-01 00:00:00 9999-12-31 23:59:59.999999 v2"
        ),
        ("'10000-01-01Z'", "'infinity'", "9999-12-31 23:59:59.999999 - v2"),
        ("'-infinity'", "'infinity'", "1970-01-01 00:00:00 9999-12-31 23:59:59.999999 v2"),
    ]

    private struct EventTimes: PostgresStatement {
        static let sql = """
            SELECT (starts_at AT TIME ZONE 'UTC')::text
                || ' ' || coalesce((ends_at AT TIME ZONE 'UTC')::text, '-') || ' v' || version
            FROM event ORDER BY title
            """
        static func decode(_ row: inout PostgresRow) throws(PostgresError) -> String {
            try row.next()
        }
    }

    @Test("A time outside 1970 to 9999 becomes the nearest inside, and the event has a new version")
    func repairs() async throws {
        try await TestDatabases.with(shards: 1, connectionsMax: 1) { databases in
            try await databases.shards[0].withConnection { connection in
                try await connection.run(
                    script: "DROP SCHEMA public CASCADE; CREATE SCHEMA public")
                let before = BookingMigrations.shard.filter { $0.version < 6 }
                try await migrate(before, connection)
                for (number, event) in Self.events.enumerated() {
                    try await connection.run(
                        script: """
                            INSERT INTO event (id, organizer_id, title, starts_at, ends_at, status,
                                created_at)
                            VALUES (gen_random_uuid(), gen_random_uuid(), '\(number)',
                                \(event.startsAt), \(event.endsAt), 'onSale', now())
                            """)
                }
                try await migrate(BookingMigrations.shard, connection)
                #expect(try await connection.execute(EventTimes()) == Self.events.map(\.after))
            }
        }
    }

    private func migrate(
        _ migrations: [PostgresMigration], _ connection: PostgresConnection
    ) async throws {
        let quiet = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }
        _ = try await PostgresMigrator(migrations, logger: quiet).migrate(connection)
    }
}
