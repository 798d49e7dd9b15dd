import BookingDomain
import BookingTestSupport
import Foundation
import Logging
import Postgres
import Testing

@testable import BookingStore

/// Rows that a release wrote, in its own schema and in that of today.
@Suite("Rows of each release", .serialized) struct GoldenRowTests {
    struct File: Codable {
        /// The last migrations that the release knew.
        var directoryVersion: Int
        var shardVersion: Int
        /// The rows of each table as JSON, tables that others refer to first.
        var directory: [Table]
        var shard: [Table]
        /// What the release read of it.
        var reading: [String]
    }

    struct Table: Codable {
        var name: String
        var rows: String
    }

    private static let quiet = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }

    @Test("What this version writes can be recorded for a release, and is read again the same")
    func recorded() async throws {
        try await TestDatabases.with(shards: 1) { databases in
            let scenario = GoldenScenario(databases: databases)
            try await scenario.play()
            let reading = try await scenario.reading()
            #expect(reading.count > 15)
            let file = File(
                directoryVersion: BookingMigrations.directory.map(\.version).max() ?? 0,
                shardVersion: BookingMigrations.shard.map(\.version).max() ?? 0,
                directory: try await Self.dump(databases.directory),
                shard: try await Self.dump(databases.shards[0]), reading: reading)
            try GoldenRelease.recorded?.write(file, to: "rows.json")
        }
    }

    @Test(
        "No migration breaks the last release, which is replaced while it runs, but those that wait for its end"
    )
    func lastRelease() throws {
        let release = try #require(GoldenRelease.all.last)
        let file = try release.value("rows.json", as: File.self)
        #expect(BookingMigrations.areFit(for: release, file.directoryVersion, file.shardVersion))
    }

    @Test("Rows that were there before a database was migrated", arguments: GoldenRelease.all)
    func migrated(of release: GoldenRelease) async throws {
        let file = try release.value("rows.json", as: File.self)
        try await TestDatabases.with(shards: 1) { databases in
            for (pool, migrations, version, tables) in [
                (
                    databases.directory, BookingMigrations.directory, file.directoryVersion,
                    file.directory
                ),
                (databases.shards[0], BookingMigrations.shard, file.shardVersion, file.shard),
            ] {
                try await pool.withConnection { connection in
                    try await connection.run(
                        script: "DROP SCHEMA public CASCADE; CREATE SCHEMA public")
                    try await Self.migrate(migrations.filter { $0.version <= version }, connection)
                }
                try await Self.load(tables, into: pool)
                try await pool.withConnection { try await Self.migrate(migrations, $0) }
            }
            try await Self.expectGood(file, in: databases)
        }
    }

    @Test(
        "Rows that a release writes after a database was migrated, unless that broke the release",
        arguments: GoldenRelease.all)
    func written(by release: GoldenRelease) async throws {
        let file = try release.value("rows.json", as: File.self)
        guard BookingMigrations.areFit(for: release, file.directoryVersion, file.shardVersion)
        else { return }
        try await TestDatabases.with(shards: 1) { databases in
            try await Self.load(file.directory, into: databases.directory)
            try await Self.load(file.shard, into: databases.shards[0])
            try await Self.expectGood(file, in: databases)
        }
    }

    /// All is read as the release read it, and the events go on.
    private static func expectGood(_ file: File, in databases: TestDatabases) async throws {
        let scenario = GoldenScenario(databases: databases)
        #expect(try await scenario.reading() == file.reading)
        let pool = databases.shards[0]
        let event = try #require(
            try await LedgerRepository(pool: pool).eventsToConsume().first)
        let before = try await LedgerRepository(pool: pool).ledgers(of: [event])[event]?.sequence
        try await LeaseRepository.with(pool, shard: event.shard) { leases in
            let lease = try #require(try await leases.claim(.test(by: "next"))).lease
            try await scenario.commit(
                [try TestEvents.book(event, items: [2: 1])], of: event, under: lease)
            try await leases.release(lease)
        }
        let last = try await BookingRepository(shards: databases.shardPools)
            .bookings(of: event, after: before ?? 0, limit: 10)
        #expect(last.map(\.status) == [.confirmed])
        #expect(last.first?.sequence == before.map { $0 + 1 })
    }

    private static func migrate(
        _ migrations: [PostgresMigration], _ connection: PostgresConnection
    ) async throws {
        try await PostgresMigrator(migrations, logger: quiet).migrate(connection)
    }

    /// The rows of all tables.
    private static func dump(_ pool: PostgresPool) async throws -> [Table] {
        try await pool.withConnection { connection in
            try await connection.run(
                script: """
                    CREATE FUNCTION golden_dump(name text) RETURNS text LANGUAGE plpgsql AS $$
                    DECLARE
                        rows text;
                    BEGIN
                        EXECUTE format('SELECT jsonb_agg(to_jsonb(t))::text FROM %I t', name) INTO rows;
                        RETURN rows;
                    END $$
                    """)
            let tables = try await connection.execute(DumpTables())
            return tables.filter { $0.rows != nil }
                .map { Table(name: $0.name, rows: $0.rows ?? "") }
        }
    }

    /// Puts rows into tables, naming only the columns that they have.
    private static func load(_ tables: [Table], into pool: PostgresPool) async throws {
        try await pool.withConnection { connection in
            try await connection.run(
                script: """
                    CREATE FUNCTION golden_load(name text, rows jsonb) RETURNS void
                    LANGUAGE plpgsql AS $$
                    DECLARE
                        columns text;
                    BEGIN
                        SELECT string_agg(quote_ident(k), ', ') INTO columns
                        FROM jsonb_object_keys(rows -> 0) k;
                        EXECUTE format('DELETE FROM %I', name);
                        EXECUTE format(
                            'INSERT INTO %I (%s) OVERRIDING SYSTEM VALUE '
                            'SELECT %s FROM jsonb_populate_recordset(NULL::%I, $1)',
                            name, columns, columns, name) USING rows;
                    END $$
                    """)
            for table in tables {
                try await connection.execute(LoadTable(name: table.name, rows: table.rows))
            }
            try await connection.run(script: "DROP FUNCTION golden_load")
        }
    }
}

extension BookingMigrations {
    /// Whether the schema of today has nothing that breaks programs of that release.
    static func areFit(
        for release: GoldenRelease, _ directoryVersion: Int, _ shardVersion: Int
    ) -> Bool {
        func isFit(_ migrations: [PostgresMigration], _ version: Int) -> Bool {
            migrations.allSatisfy {
                $0.isContraction || $0.version <= version || $0.breaksProgramsBefore <= version
            }
        }
        return isFit(directory, directoryVersion) && isFit(shard, shardVersion)
    }
}

/// Each table, those that others refer to first, with its rows as JSON.
private struct DumpTables: PostgresStatement {
    static let sql = """
        SELECT table_name::text, golden_dump(table_name::text)
        FROM information_schema.tables
        WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
            AND table_name <> 'schema_migration'
        ORDER BY table_name <> 'event', table_name
        """

    static func decode(
        _ row: inout PostgresRow
    ) throws(PostgresError) -> (name: String, rows: String?) {
        (try row.next(), try row.next())
    }
}

private struct LoadTable: PostgresStatement {
    static let sql = "SELECT golden_load($1, $2::text::jsonb)"
    let name: String
    let rows: String

    func bind(to parameters: inout PostgresParameters) {
        parameters.append(name)
        parameters.append(rows)
    }
    static func decode(_ row: inout PostgresRow) throws(PostgresError) {}
}
