import Glibc
import Logging

@testable import Postgres

/// A database of its own for one test, on the server that `BOXOFFICE_TEST_POSTGRES_URL` names.
struct TestDatabase: Sendable {
    static let variable = "BOXOFFICE_TEST_POSTGRES_URL"

    /// Why the tests cannot run.
    struct Missing: Error, CustomStringConvertible {
        var description: String {
            """
            Set \(TestDatabase.variable) to the connection string of a superuser on a Postgres server \
            that tests may create databases on, for instance \
            postgresql://postgres@127.0.0.1:5432/postgres
            """
        }
    }

    let server: ConnectionString
    let name: String

    /// Creates a database, runs `body`, and drops the database whatever happened.
    static func with<R: Sendable>(_ body: (TestDatabase) async throws -> R) async throws -> R {
        let (server, administrators) = try shared.get()
        return try await administrators.withConnection { administrator in
            let suffix = String(UInt64.random(in: .min ... .max), radix: 36)
            let database = TestDatabase(server: server, name: "postgres_test_\(suffix)")
            try await administrator.run(script: "CREATE DATABASE \(database.name)")
            let result: Result<R, any Error>
            do {
                result = .success(try await body(database))
            } catch {
                result = .failure(error)
            }
            try await administrator.run(script: "DROP DATABASE \(database.name) WITH (FORCE)")
            return try result.get()
        }
    }

    /// The server, and the few connections to it that tests make their databases with.
    ///
    /// A new database is 300 files, and dropping one takes all that are new to the disk, while whoever
    /// commits waits: so few tests have some at a time.
    private static let shared = Result<(ConnectionString, PostgresPool), any Error> {
        guard let url = getenv(variable).map({ String(cString: $0) }), !url.isEmpty else {
            throw Missing()
        }
        let server = try ConnectionString(parsing: url)
        return (
            server,
            PostgresPool(
                configuration: try patient(server), connectionsMax: 4,
                acquireTimeout: .seconds(400), logger: .silent)
        )
    }

    /// Creates a database, opens a connection to it and runs `body`.
    static func withConnection<R: Sendable>(_ body: (PostgresConnection) async throws -> R)
        async throws -> R
    {
        try await with { database in
            let connection = try await database.connect()
            let result = try await body(connection)
            await connection.close()
            return result
        }
    }

    /// How to connect to the database, through a proxy if a port of one is given.
    func configuration(proxyPort: UInt16? = nil) throws -> PostgresConfiguration {
        var string = server
        string["dbname"] = name
        if let proxyPort {
            string["host"] = "127.0.0.1"
            string["hostaddr"] = nil
            string["port"] = String(proxyPort)
            // The proxy reads along to know when to break the connection.
            string["sslmode"] = "disable"
        }
        return try Self.patient(string)
    }

    func connect(proxyPort: UInt16? = nil) async throws -> PostgresConnection {
        try await PostgresConnection.connect(
            try configuration(proxyPort: proxyPort), logger: .silent)
    }

    /// With time limits for a machine that creates and drops databases meanwhile.
    private static func patient(_ string: ConnectionString) throws -> PostgresConfiguration {
        var configuration = try PostgresConfiguration(
            connectionString: string.keywordForm, applicationName: "postgres-tests")
        configuration.connectTimeout = .seconds(20)
        configuration.queryTimeout = .seconds(40)
        return configuration
    }
}

extension Logger {
    /// Logs nothing.
    static let silent = Logger(label: "silent") { _ in SwiftLogNoOpLogHandler() }
}

/// Looks until `condition` holds, or says after `limit` that it did not.
func eventually(
    within limit: Duration = .seconds(10), _ condition: () async throws -> Bool
) async throws -> Bool {
    let deadline = ContinuousClock.now + limit
    while ContinuousClock.now < deadline {
        if try await condition() { return true }
        try await Task.sleep(for: .milliseconds(5))
    }
    return try await condition()
}

/// Runs `body`, which must throw a `PostgresError`, and returns the error.
func postgresError(
    _ body: () async throws -> some Any
) async throws -> PostgresError {
    do {
        _ = try await body()
    } catch let error as PostgresError {
        return error
    }
    throw NothingThrown()
}

/// Nothing was thrown where an error was due.
struct NothingThrown: Error {}
