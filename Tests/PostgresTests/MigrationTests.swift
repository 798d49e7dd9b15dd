import Testing

@testable import Postgres

private struct AppliedVersions: PostgresStatement {
    static let sql = """
        SELECT version, name, length(checksum), applied_at FROM schema_migration ORDER BY version
        """

    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> Int {
        let version: Int = try row.next()
        _ = try row.next(String.self)
        let length: Int = try row.next()
        _ = try row.next(PostgresTimestamp.self)
        return length == 64 ? version : -1
    }
}

@Suite("Migrations", .timeLimit(.minutes(1)))
struct MigrationTests {
    private static let first = PostgresMigration(
        version: 1, name: "item", sql: createItems + "; INSERT INTO item VALUES (1, 1)")
    private static let second = PostgresMigration(
        version: 2, name: "more items", sql: "INSERT INTO item VALUES (2, 1)")
    private static let third = PostgresMigration(
        version: 3, name: "many items", sql: "INSERT INTO item VALUES (3, 1), (4, 1)")

    private func migrate(
        _ migrations: [PostgresMigration], _ connection: PostgresConnection
    ) async throws -> [Int] {
        try await PostgresMigrator(migrations, logger: .silent).migrate(connection).map(\.version)
    }

    private func expectMigration(
        of migrations: [PostgresMigration], over connection: PostgresConnection,
        toApply expected: [Int], at location: SourceLocation = #_sourceLocation
    ) async throws {
        let applied = try await migrate(migrations, connection)
        #expect(applied == expected, sourceLocation: location)
    }

    @Test("All are applied in order to a fresh database, and only the missing ones afterwards")
    func freshAndAgain() async throws {
        try await TestDatabase.withConnection { connection in
            let (first, second, third) = (Self.first, Self.second, Self.third)
            try await expectMigration(of: [second, first], over: connection, toApply: [1, 2])
            try await expectMigration(of: [first, second], over: connection, toApply: [])
            try await expectMigration(of: [first, second, third], over: connection, toApply: [3])
            #expect(try await connection.execute(AppliedVersions()) == [1, 2, 3])
            #expect(try await connection.execute(ListItems()) == [1, 2, 3, 4])
        }
    }

    @Test("A migration changed after it was applied is refused, and nothing is applied")
    func changed() async throws {
        try await TestDatabase.withConnection { connection in
            _ = try await migrate([Self.first], connection)
            let changed = PostgresMigration(version: 1, name: "item", sql: Self.first.sql + " ")
            let error = try await postgresError {
                try await migrate([changed, Self.second], connection)
            }
            #expect(error.code == .migrationRefused)
            #expect(error.description.contains("migration 1 (item) was changed"))
            #expect(try await connection.execute(AppliedVersions()) == [1])
            try await expectMigration(
                of: [Self.first, Self.second], over: connection, toApply: [2])
        }
    }

    @Test("A database with a migration the program does not know is left alone")
    func unknown() async throws {
        try await TestDatabase.withConnection { connection in
            _ = try await migrate([Self.first, Self.second], connection)
            let error = try await postgresError {
                try await migrate([Self.first, Self.third], connection)
            }
            #expect(error.code == .migrationRefused)
            #expect(error.description.contains("migration 2 (more items)"))
            #expect(try await connection.execute(AppliedVersions()) == [1, 2])
        }
    }

    @Test("A newer database that does not break the program is left as it is")
    func newer() async throws {
        try await TestDatabase.withConnection { connection in
            let third = PostgresMigration(
                version: 3, name: "many items", breaksProgramsBefore: 2, sql: Self.third.sql)
            _ = try await migrate([Self.first, Self.second, third], connection)
            try await expectMigration(of: [Self.first, Self.second], over: connection, toApply: [])
            let error = try await postgresError { try await migrate([Self.first], connection) }
            #expect(error.code == .migrationRefused)
            #expect(error.description.contains("migration 2 (more items)"))
        }
    }

    @Test(
        "A table of migrations that an older program made is completed, and breaks as it did then")
    func olderTable() async throws {
        try await TestDatabase.withConnection { connection in
            _ = try await migrate([Self.first, Self.second], connection)
            try await connection.run(
                script: "ALTER TABLE schema_migration DROP COLUMN breaks_before")
            #expect(
                try await connection.execute(ListMigrations()).map(\.breaksProgramsBefore) == [
                    nil, nil,
                ])
            let error = try await postgresError { try await migrate([Self.first], connection) }
            #expect(error.code == .migrationRefused)
            let third = PostgresMigration(
                version: 3, name: "many items", breaksProgramsBefore: 1, sql: Self.third.sql)
            try await expectMigration(
                of: [Self.first, Self.second, third], over: connection, toApply: [3])
            #expect(
                try await connection.execute(ListMigrations()).map(\.breaksProgramsBefore) == [
                    nil, nil, 1,
                ])
        }
    }

    /// A database's migrations: versions, and what they say of the programs that they break.
    struct Database: Sendable, CustomTestStringConvertible {
        let versions: [(version: Int, breaks: Int?)]
        let standing: SchemaStanding
        var testDescription: String { "\(versions)" }

        init(_ versions: [(Int, Int?)], _ standing: SchemaStanding) {
            self.versions = versions
            self.standing = standing
        }
    }

    @Test(
        "A program of versions 2 and 4 works with what does not break it, and says what does",
        arguments: [
            Database([], .outdated), Database([(2, nil)], .outdated),
            Database([(2, nil), (4, 2)], .fit(newer: [])),
            Database([(2, nil), (4, nil), (6, 4), (7, 1)], .fit(newer: [6, 7])),
            Database([(2, nil), (4, nil), (6, 5)], .foreign(version: 6, name: "m6")),
            Database([(2, nil), (4, nil), (6, nil)], .foreign(version: 6, name: "m6")),
            Database([(2, nil), (4, nil), (6, 4), (7, 7)], .foreign(version: 7, name: "m7")),
            // Of another kind of database, however old.
            Database([(1, 1), (3, 1)], .foreign(version: 1, name: "m1")),
            Database([(2, nil), (6, 2)], .outdated),
        ])
    func standing(_ database: Database) {
        let program = [2, 4].map { PostgresMigration(version: $0, name: "m\($0)", sql: "") }
        let records = database.versions.map {
            MigrationPlan.Record(
                version: $0.version, name: "m\($0.version)", checksum: "",
                breaksProgramsBefore: $0.breaks)
        }
        #expect(SchemaStanding(program, records: records) == database.standing)
    }

    @Test("A database that has a newer migration and lacks one of the program's is refused")
    func gap() async throws {
        let program = [1, 2].map { PostgresMigration(version: $0, name: "m\($0)", sql: "") }
        let error = try await postgresError {
            try MigrationPlan(
                program, checksums: ["a", "b"],
                records: [
                    MigrationPlan.Record(version: 1, name: "m1", checksum: "a"),
                    MigrationPlan.Record(
                        version: 3, name: "m3", checksum: "c", breaksProgramsBefore: 2),
                ]
            ).missing
        }
        #expect(error.code == .migrationRefused)
        #expect(error.description.contains("not 2 (m2)"))
    }

    @Test("Two migrators at once apply everything once")
    func atOnce() async throws {
        try await TestDatabase.with { database in
            let slow = PostgresMigration(
                version: 2, name: "slow", sql: "SELECT pg_sleep(0.3); \(Self.second.sql)")
            let applied = try await withThrowingTaskGroup(of: [Int].self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        let connection = try await database.connect()
                        let applied = try await migrate([Self.first, slow, Self.third], connection)
                        await connection.close()
                        return applied
                    }
                }
                return try await group.reduce(into: [[Int]]()) { $0.append($1) }
            }
            #expect(applied.filter { !$0.isEmpty } == [[1, 2, 3]])
            let connection = try await database.connect()
            #expect(try await connection.execute(ListItems()) == [1, 2, 3, 4])
            await connection.close()
        }
    }

    @Test("A migration that fails leaves nothing of itself, and those before it stay")
    func failing() async throws {
        try await TestDatabase.withConnection { connection in
            let broken = PostgresMigration(
                version: 2, name: "broken",
                sql: "INSERT INTO item VALUES (7, 7); INSERT INTO item VALUES (8, 1000)")
            let error = try await postgresError {
                try await migrate([Self.first, broken, Self.third], connection)
            }
            #expect(error.constraint == "item_quantity_check")
            #expect(try await connection.execute(AppliedVersions()) == [1])
            #expect(try await connection.execute(ListItems()) == [1])
            try await expectMigration(
                of: [Self.first, Self.second, Self.third], over: connection, toApply: [2, 3])
        }
    }

    @Test("A migration that commits by itself is refused")
    func committing() async throws {
        try await TestDatabase.withConnection { connection in
            let rogue = PostgresMigration(version: 1, name: "rogue", sql: "SELECT 1; COMMIT")
            let error = try await postgresError { try await migrate([rogue], connection) }
            #expect(error.code == .migrationRefused)
            #expect(error.description.contains("ends its transaction"))
            #expect(try await connection.execute(AppliedVersions()) == [])
        }
    }

    @Test("Whoever waits too long for another migrator gives up")
    func lockTimeout() async throws {
        try await TestDatabase.with { database in
            let holder = try await database.connect()
            #expect(try await holder.execute(LockMigrations()) == [true])
            let connection = try await database.connect()
            var migrator = PostgresMigrator([Self.first], logger: .silent)
            migrator.lockTimeout = .milliseconds(200)
            let impatient = migrator
            let error = try await postgresError { try await impatient.migrate(connection) }
            #expect(error.code == .migrationRefused)
            #expect(error.description.contains("another migrator"))
            try await holder.execute(UnlockMigrations())
            #expect(try await impatient.migrate(connection) == [Self.first])
            await connection.close()
            await holder.close()
        }
    }

    @Test(
        "A list that contradicts itself is refused before anything is done",
        arguments: [[0], [-1, 1], [1, 2, 1]])
    func lists(versions: [Int]) async throws {
        let migrations = versions.map { PostgresMigration(version: $0, name: "", sql: "") }
        let error = try await postgresError {
            try MigrationPlan(
                migrations, checksums: versions.map { "\($0)" }, records: []
            ).missing
        }
        #expect(error.code == .migrationRefused)
    }

    @Test("A contraction waits until older programs are gone; a new database has it at once")
    func contractions() throws {
        let migrations = [
            PostgresMigration(version: 1, name: "first", sql: ""),
            PostgresMigration(version: 2, name: "second", isContraction: true, sql: ""),
            PostgresMigration(version: 3, name: "third", sql: ""),
        ]
        let checksums = ["a", "b", "c"]
        let old = [MigrationPlan.Record(version: 1, name: "first", checksum: "a")]
        func plan(
            _ records: [MigrationPlan.Record], isFinishing: Bool = false
        ) throws -> (missing: [Int], waiting: [Int]) {
            let plan = try MigrationPlan(
                migrations, checksums: checksums, records: records, isFinishing: isFinishing)
            return (plan.missing.map(\.version), plan.waiting.map(\.version))
        }
        #expect(try plan([]) == (missing: [1, 2, 3], waiting: []))
        #expect(try plan(old) == (missing: [3], waiting: [2]))
        #expect(try plan(old, isFinishing: true) == (missing: [2, 3], waiting: []))
        let records = old + [MigrationPlan.Record(version: 3, name: "third", checksum: "c")]
        #expect(SchemaStanding(migrations, records: records) == .fit(newer: []))
        #expect(SchemaStanding(migrations, records: old) == .outdated)
    }
}
