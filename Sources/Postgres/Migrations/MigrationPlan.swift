/// Compares what a program knows with what a database has, and says what is missing.
struct MigrationPlan {
    /// A migration the database has.
    struct Record: Hashable, Sendable {
        var version: Int
        var name: String
        var checksum: String
        /// What ``PostgresMigration/breaksProgramsBefore`` said; nothing when an older program applied it,
        /// and then all programs are broken that do not know it.
        var breaksProgramsBefore: Int?

        /// Whether a program works with it whose last migration is of that version.
        func isFit(forProgramsOf newest: Int) -> Bool {
            version > newest && breaksProgramsBefore ?? version <= newest
        }
    }

    /// What to apply, in order.
    let missing: [PostgresMigration]
    /// Contractions that wait until older programs are gone.
    let waiting: [PostgresMigration]
    /// What a newer program has applied that does not break this one.
    let newer: [Record]

    /// - Parameters:
    ///   - migrations: What the program knows.
    ///   - checksums: The checksum of each.
    ///   - records: What the database has.
    ///   - isFinishing: Whether older programs are gone; those of a new database are.
    /// - Throws: ``PostgresError/Code/migrationRefused`` if the two do not agree.
    init(
        _ migrations: [PostgresMigration], checksums: [String], records: [Record],
        isFinishing: Bool = false
    ) throws(PostgresError) {
        try Self.check(migrations)
        let known = Dictionary(uniqueKeysWithValues: zip(migrations.map(\.version), checksums))
        let newest = migrations.map(\.version).max() ?? 0
        var newer: [Record] = []
        for record in records {
            guard let checksum = known[record.version] else {
                guard record.isFit(forProgramsOf: newest) else {
                    throw .migrationRefused(
                        "the database has migration \(record.version) (\(record.name)), which this "
                            + "program does not know, and cannot work with")
                }
                newer.append(record)
                continue
            }
            guard checksum == record.checksum else {
                throw .migrationRefused(
                    "migration \(record.version) (\(record.name)) was changed after it had been "
                        + "applied: the checksums differ")
            }
        }
        let applied = Set(records.map(\.version))
        let lacking = migrations.filter { !applied.contains($0.version) }
            .sorted { $0.version < $1.version }
        let mayContract = isFinishing || records.isEmpty
        missing = lacking.filter { mayContract || !$0.isContraction }
        waiting = lacking.filter { !mayContract && $0.isContraction }
        self.newer = newer
        if let missing = missing.first, let newer = newer.first {
            throw .migrationRefused(
                "the database has migration \(newer.version) (\(newer.name)), which this program does "
                    + "not know, but not \(missing.version) (\(missing.name))")
        }
    }

    /// Checks that the versions are positive and different.
    private static func check(_ migrations: [PostgresMigration]) throws(PostgresError) {
        var seen: Set<Int> = []
        for migration in migrations {
            guard migration.version > 0 else {
                throw .migrationRefused("migration \(migration.version) has no positive version")
            }
            guard seen.insert(migration.version).inserted else {
                throw .migrationRefused("two migrations have version \(migration.version)")
            }
        }
    }
}

extension PostgresError {
    static func migrationRefused(_ message: String) -> PostgresError {
        PostgresError(code: .migrationRefused, message: message, isSafeToRetry: true)
    }
}
