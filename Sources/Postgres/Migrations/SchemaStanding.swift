/// How the schema of a database stands to what a program expects.
public enum SchemaStanding: Hashable, Sendable {
    /// It has all the program's migrations, but for contractions perhaps, and perhaps newer ones that do not break the program.
    case fit(newer: [Int])
    /// Migrations are missing.
    case outdated
    /// It has a migration that breaks the program, or that belongs to another kind of database.
    case foreign(version: Int, name: String)

    /// Compares what a program knows with what a database has.
    init(_ migrations: [PostgresMigration], records: [MigrationPlan.Record]) {
        let known = Set(migrations.map(\.version))
        let newest = known.max() ?? 0
        var newer: [Int] = []
        for record in records where !known.contains(record.version) {
            guard record.isFit(forProgramsOf: newest) else {
                self = .foreign(version: record.version, name: record.name)
                return
            }
            newer.append(record.version)
        }
        let needed = migrations.lazy.filter { !$0.isContraction }.map(\.version)
        self = Set(needed).isSubset(of: records.map(\.version)) ? .fit(newer: newer) : .outdated
    }
}

extension PostgresPool {
    /// How the database's schema stands to a program that knows `migrations`; changes nothing.
    public func schemaStanding(
        of migrations: [PostgresMigration]
    ) async throws(PostgresError) -> SchemaStanding {
        do throws(PostgresError) {
            return SchemaStanding(migrations, records: try await execute(ListMigrations()))
        } catch {
            // Nobody has migrated it yet.
            guard error.sqlState == .undefinedTable else { throw error }
            return .outdated
        }
    }
}
