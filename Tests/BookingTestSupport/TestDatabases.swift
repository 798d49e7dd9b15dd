import BookingDomain
package import BookingStore
import Foundation
import Logging
package import Postgres

/// A directory and some shards of a test's own, migrated; gone when the test is over.
package struct TestDatabases: Sendable {
    package let directory: PostgresPool
    package var shards: [PostgresPool]
    /// The directory's URL.
    package let directoryURL: String
    /// The port of the server.
    package func port() throws -> UInt16 {
        try URLComponents(string: directoryURL).orThrow().port.flatMap { UInt16(exactly: $0) }
            .orThrow()
    }

    /// A pool for a shard of a test's own, whose sessions have a name and come by way of `port`.
    package func pool(
        shard: Int, application: String, port: UInt16? = nil, settings: [String: String] = [:]
    ) throws -> PostgresPool {
        var components = URLComponents(string: shardURLs[shard])
        if let port { components?.port = Int(port) }
        var configuration = try PostgresConfiguration(
            connectionString: components?.string ?? "", applicationName: application)
        configuration.sessionSettings = settings
        return PostgresPool(
            configuration: configuration, connectionsMax: 6, acquireTimeout: .seconds(20),
            logger: Self.quiet)
    }

    /// The shards' URLs, in order.
    package let shardURLs: [String]

    package var shardPools: ShardPools { ShardPools(shards) }

    /// Makes the databases, runs `body` and drops them, whatever happens.
    package static func with(
        shards count: Int, connectionsMax: Int = 4,
        _ body: (TestDatabases) async throws -> Void
    ) async throws {
        try await server.get().withConnection { server in
            let run = UUID().uuidString.prefix(8).lowercased()
            let names = ["t_\(run)_directory"] + (0..<count).map { "t_\(run)_shard_\($0)" }
            for name in names { try await server.run(script: "CREATE DATABASE \(name)") }
            do {
                let urls = try names.map { try Self.url(ofDatabase: $0) }
                try await open(urls, connectionsMax: connectionsMax, body)
            } catch {
                await drop(names, on: server)
                throw error
            }
            await drop(names, on: server)
        }
    }

    /// What a statement gives at the server itself, in no database of a test.
    package static func serverRows<S: PostgresStatement>(_ statement: S) async throws -> [S.Row] {
        try await server.get().execute(statement)
    }

    private static let quiet = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }

    /// Where few tests at a time make their databases.
    ///
    /// A new database is 300 files, and dropping one takes all that are new to the disk, while whoever
    /// commits waits.
    private static let server = Result<PostgresPool, any Error> {
        var patient = try configuration(TestServices.postgresURL())
        patient.queryTimeout = .seconds(60)
        return PostgresPool(
            configuration: patient, connectionsMax: 4, acquireTimeout: .seconds(400), logger: quiet)
    }

    private static func configuration(_ url: String) throws -> PostgresConfiguration {
        try PostgresConfiguration(connectionString: url, applicationName: "tests")
    }

    private static func open(
        _ urls: [String], connectionsMax: Int, _ body: (TestDatabases) async throws -> Void
    ) async throws {
        let pools = try urls.map {
            PostgresPool(
                configuration: try configuration($0), connectionsMax: connectionsMax,
                acquireTimeout: .seconds(20), logger: quiet)
        }
        let databases = TestDatabases(
            directory: pools[0], shards: Array(pools.dropFirst()), directoryURL: urls[0],
            shardURLs: Array(urls.dropFirst()))
        let result: Result<Void, any Error>
        do {
            try await databases.migrate()
            result = .success(try await body(databases))
        } catch { result = .failure(error) }
        for pool in pools { await pool.close() }
        try result.get()
    }

    private func migrate() async throws {
        try await directory.withConnection { connection in
            _ = try await PostgresMigrator(BookingMigrations.directory, logger: Self.quiet)
                .migrate(connection)
        }
        for (index, pool) in shards.enumerated() {
            try await pool.withConnection { connection in
                _ = try await PostgresMigrator(BookingMigrations.shard, logger: Self.quiet)
                    .migrate(connection)
            }
            guard let shard = ShardNumber(index) else { continue }
            try await ShardIdentity(pool: pool, shard: shard).establish()
        }
    }

    private static func drop(_ names: [String], on server: PostgresConnection) async {
        for name in names {
            try? await server.run(script: "DROP DATABASE IF EXISTS \(name) WITH (FORCE)")
        }
    }

    /// The server's URL with another database in its path.
    private static func url(ofDatabase name: String) throws -> String {
        var components = URLComponents(string: try TestServices.postgresURL())
        components?.path = "/\(name)"
        guard let url = components?.string else {
            throw MissingTestService(name: "BOXOFFICE_TEST_POSTGRES_URL (a URL)")
        }
        return url
    }
}
