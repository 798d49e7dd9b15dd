public import Logging

/// Brings a database's schema to the state a program expects.
///
/// Each missing migration runs in a transaction of its own and is recorded in the table
/// `schema_migration` with the SHA-256 of its text. An advisory lock keeps two migrators apart. What
/// was applied must not change afterwards. A database newer than the program is left alone: it is as it should
/// be when none of its newer migrations breaks the program.
public struct PostgresMigrator: Sendable {
    /// The migrations the program knows, in any order.
    public let migrations: [PostgresMigration]

    /// How long one migration may take.
    public var migrationTimeout: Duration = .seconds(600)

    /// How long to wait for another migrator.
    public var lockTimeout: Duration = .seconds(60)

    /// How often to look whether the other migrator is done.
    private static let lockInterval = Duration.milliseconds(100)

    private let logger: Logger

    /// Takes the migrations a program knows.
    public init(_ migrations: [PostgresMigration], logger: Logger) {
        self.migrations = migrations
        self.logger = logger
    }

    /// Applies the missing migrations in the order of their versions and returns them.
    ///
    /// Contractions are left for later, unless the database is new or `isFinishing` says that no older program
    /// runs any more.
    ///
    /// - Throws: ``PostgresError/Code/migrationRefused`` if a migration was changed after it had been
    ///   applied, or if the database has one that breaks the program; nothing is applied then.
    ///   If a migration fails, those before it stay.
    @discardableResult
    public func migrate(
        _ connection: PostgresConnection, isFinishing: Bool = false
    ) async throws(PostgresError) -> [PostgresMigration] {
        try await lock(connection)
        let result: Result<[PostgresMigration], PostgresError>
        do {
            result = .success(try await applyMissing(on: connection, isFinishing: isFinishing))
        } catch {
            result = .failure(error)
        }
        do {
            try await connection.execute(UnlockMigrations())
        } catch {
            // The lock belongs to the session, and goes with it.
            await connection.close()
        }
        return try result.get()
    }

    private func lock(_ connection: PostgresConnection) async throws(PostgresError) {
        let deadline = ContinuousClock.now + lockTimeout
        while try await connection.execute(LockMigrations()).first != true {
            guard ContinuousClock.now < deadline else {
                throw .migrationRefused("another migrator is at work")
            }
            do {
                try await Task.sleep(for: Self.lockInterval)
            } catch {
                throw .cancelled
            }
        }
    }

    private func applyMissing(
        on connection: PostgresConnection, isFinishing: Bool
    ) async throws(PostgresError) -> [PostgresMigration] {
        let (_, _, records, checksums) = try await connection.pipeline(
            CreateMigrationTable(), CompleteMigrationTable(), ListMigrations(),
            ComputeChecksums(texts: migrations.map(\.sql)))
        let plan = try MigrationPlan(
            migrations, checksums: checksums, records: records, isFinishing: isFinishing)
        for migration in plan.waiting {
            logger.notice(
                "A migration waits until no older program runs any more",
                metadata: ["version": "\(migration.version)", "name": "\(migration.name)"])
        }
        for record in plan.newer {
            logger.notice(
                "The database has a migration of a newer program, which this one works with",
                metadata: ["version": "\(record.version)", "name": "\(record.name)"])
        }
        for migration in plan.missing {
            try await apply(migration, on: connection)
            logger.info(
                "A migration was applied",
                metadata: ["version": "\(migration.version)", "name": "\(migration.name)"])
        }
        return plan.missing
    }

    private func apply(
        _ migration: PostgresMigration, on connection: PostgresConnection
    ) async throws(PostgresError) {
        do {
            try await connection.withTransaction { transaction in
                try await transaction.run(script: migration.sql, timeout: migrationTimeout)
                try await transaction.execute(RecordMigration(migration: migration))
            }
        } catch let error as PostgresError where error.code == .closed && connection.isOpen {
            throw .migrationRefused(
                "migration \(migration.version) (\(migration.name)) ends its transaction by itself")
        } catch let error as PostgresError {
            throw error
        } catch {
            throw .migrationRefused("migration \(migration.version) failed: \(type(of: error))")
        }
    }
}
