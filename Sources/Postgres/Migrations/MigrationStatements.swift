/// Creates the table of what was applied, where it is missing.
struct CreateMigrationTable: PostgresStatement {
    typealias Row = Void

    static let sql = """
        CREATE TABLE IF NOT EXISTS schema_migration (
            version    bigint      CONSTRAINT schema_migration_pkey PRIMARY KEY,
            name       text        NOT NULL,
            checksum   text        NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
        )
        """
}

/// Adds what tables of older programs lack.
struct CompleteMigrationTable: PostgresStatement {
    typealias Row = Void

    static let sql = """
        ALTER TABLE schema_migration ADD COLUMN IF NOT EXISTS breaks_before bigint
        """
}

/// Tries to become the only migrator of this database.
struct LockMigrations: PostgresStatement {
    static let sql = "SELECT pg_try_advisory_lock($1)"

    /// "migrate" in ASCII; a number of this module's own among all advisory locks.
    static let key: Int64 = 0x6D_6967_7261_7465

    func bind(to parameters: inout PostgresParameters) { parameters.append(Self.key) }

    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> Bool { try row.next() }
}

/// Lets the next migrator in.
struct UnlockMigrations: PostgresStatement {
    typealias Row = Void

    static let sql = "SELECT pg_advisory_unlock($1)"

    func bind(to parameters: inout PostgresParameters) { parameters.append(LockMigrations.key) }
}

/// Reads what was applied, also from a table that an older program made.
struct ListMigrations: PostgresStatement {
    static let sql = """
        SELECT version, name, checksum, (to_jsonb(m) ->> 'breaks_before')::bigint
        FROM schema_migration m ORDER BY version
        """

    static func decode(
        _ row: inout PostgresRow
    ) throws(PostgresError) -> MigrationPlan.Record {
        MigrationPlan.Record(
            version: try row.next(), name: try row.next(), checksum: try row.next(),
            breaksProgramsBefore: try row.next(Int?.self))
    }
}

/// Computes checksums, which are the server's business so that this module needs no cryptography.
struct ComputeChecksums: PostgresStatement {
    static let sql = """
        SELECT encode(sha256(convert_to(text, 'UTF8')), 'hex')
        FROM unnest($1) WITH ORDINALITY AS script (text, place)
        ORDER BY place
        """

    var texts: [String]

    func bind(to parameters: inout PostgresParameters) { parameters.append(texts) }

    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> String { try row.next() }
}

/// Records that a migration was applied.
struct RecordMigration: PostgresStatement {
    typealias Row = Void

    static let sql = """
        INSERT INTO schema_migration (version, name, checksum, breaks_before)
        VALUES ($1, $2, encode(sha256(convert_to($3, 'UTF8')), 'hex'), $4)
        """

    var migration: PostgresMigration

    func bind(to parameters: inout PostgresParameters) {
        parameters.append(migration.version)
        parameters.append(migration.name)
        parameters.append(migration.sql)
        parameters.append(migration.breaksProgramsBefore)
    }
}
