import ArgumentParser
import BookingDomain
import BookingStore
import Logging
import Postgres

/// `boxoffice migrate`: brings all databases to the schema of this program.
struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Prepare the directory database and all shard databases.",
        discussion: """
            Applies to each database the migrations it lacks, and tells each new shard database \
            its number. The databases themselves must exist. Running it again changes nothing, and \
            two at the same time do not get into each other's way. A database that is newer than \
            this program is left alone; that is a failure if this program cannot work with it.

            What only older programs use is left in place, so that they can go on while this \
            program is rolled out. Once none of them runs any more, --finish takes it away. A new \
            database never has it.

            Then it gives the roles \(BookingRights.roles.joined(separator: ", ")) the rights that \
            they need, and nobody else any. The roles, or users that are their members, are for \
            'serve', for 'work' and 'scale', and for the commands of operators. They must exist; \
            without them no rights change.

            Example:
              boxoffice migrate --directory-url postgresql://localhost/directory \\
                --shard-urls postgresql://localhost/shard0,postgresql://localhost/shard1

            \(ExitStatus.help)
            """)

    private static let application = "boxoffice migrate"
    /// From so many entries on it is told, event by event, how the logs are completed.
    private static let manyEntries: Int64 = 100_000

    @Flag(help: "Also take away what only older programs use; none of them may run any more.")
    var finish = false

    @OptionGroup(title: "Settings") var directory: DirectoryFlags
    @OptionGroup(title: "Settings") var shards: ShardFlags
    @OptionGroup(title: "Settings") var common: CommonFlags

    func run() async throws {
        let settings = try CommandLineSettings.read(
            command: "migrate", line: common.line(with: directory.given + shards.given), log: \.log,
            MigrateSettings.init)
        var logger = Logger(label: "boxoffice.migrate")
        // At `info` the migrator tells what is printed here anyway.
        if logger.logLevel == .info { logger.logLevel = .notice }
        let all =
            [
                BookingDatabase.directory(
                    settings.directory, application: Self.application, connections: 1,
                    logger: logger)
            ]
            + BookingDatabase.shards(
                settings.shards, application: Self.application, connections: 1, logger: logger)
        var failures = 0
        var reports: [RightsReport] = []
        for database in all {
            do {
                DescriptorOutput.standardOutput.say(
                    "\(database.name): \(try await migrate(database, logger: logger))")
                if let report = try await Self.grant(in: database) { reports.append(report) }
            } catch {
                failures += 1
                DescriptorOutput.standardOutput.say(
                    "\(database.name) (\(database.address)): FAILED: \(error)")
            }
            await database.pool.close()
        }
        guard failures == 0 else {
            throw CommandFailure("\(failures) of \(all.count) databases could not be migrated")
        }
        Self.tell(reports)
        DescriptorOutput.standardOutput.say("All \(all.count) databases are ready.")
    }

    /// What was done to the database, in words.
    private func migrate(
        _ database: BookingDatabase, logger: Logger
    ) async throws -> String {
        let migrator = PostgresMigrator(database.kind.migrations, logger: logger)
        let applied = try await database.pool.withConnection { connection in
            try await migrator.migrate(connection, isFinishing: finish)
        }
        try await database.identity?.establish()
        let packed = try await database.logs?.completeAll { event, entries in
            if entries >= Self.manyEntries {
                DescriptorOutput.standardOutput.say(
                    "\(database.name): the log of event \(event) has \(entries) more entries")
            }
        }
        for collision in try await database.addresses?.fillIn() ?? [] {
            DescriptorOutput.standardOutput.say(
                "\(database.name): account \(collision.account) has the same e-mail address as "
                    + "account \(collision.holder), written in another way; both can sign in as "
                    + "before")
        }
        let logged = packed.map { $0 > 0 ? "; \($0) entries added to the logs" : "" } ?? ""
        guard !applied.isEmpty else { return "up to date" + logged }
        return "applied " + applied.map { "\($0.version) \($0.name)" }.joined(separator: ", ")
            + logged
    }

    /// Grants what this program's roles need, unless the database is a newer program's.
    private static func grant(in database: BookingDatabase) async throws -> RightsReport? {
        guard
            case .fit(newer: []) = try await database.pool.schemaStanding(
                of: database.kind.migrations)
        else { return nil }
        let report = try await BookingRights.grant(in: database.kind, by: database.pool)
        for loose in report.loose {
            DescriptorOutput.standardOutput.say(
                "\(database.name): the owner must see to it: \(loose)")
        }
        return report
    }

    /// Says of all databases together, which as a rule are one server's, whether rights were granted.
    private static func tell(_ reports: [RightsReport]) {
        guard !reports.isEmpty else { return }
        let missing = BookingRights.roles.filter { role in
            reports.contains { $0.missingRoles.contains(role) }
        }
        DescriptorOutput.standardOutput.say(
            missing.isEmpty
                ? "The roles have their rights: \(BookingRights.roles.joined(separator: ", "))."
                : "No rights were changed where roles are missing: "
                    + "\(missing.joined(separator: ", ")). CREATE ROLE makes them.")
    }
}
