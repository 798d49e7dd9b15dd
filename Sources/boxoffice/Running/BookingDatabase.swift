import BookingDomain
import BookingStore
import Logging
import Postgres

/// One of the databases: what it is for, and the connections to it.
struct BookingDatabase: Sendable {
    /// `directory` or `shard 3`.
    let name: String
    /// Host, port, database and user, without the password.
    let address: String
    let pool: PostgresPool
    let kind: DatabaseKind
    /// For the directory, what gives its accounts the canonical form of their addresses.
    let addresses: CanonicalAddresses?
    /// For a shard, the guard of its number.
    let identity: ShardIdentity?
    /// For a shard, the logs of its events.
    let logs: LogRepository?

    static func directory(
        _ configuration: PostgresConfiguration, application: String, connections: Int,
        logger: Logger
    ) -> BookingDatabase {
        BookingDatabase(
            name: "directory", configuration: configuration, application: application,
            connections: connections, kind: .directory, shard: nil, logger: logger)
    }

    /// The shards, in the order of their numbers.
    static func shards(
        _ configurations: [PostgresConfiguration], application: String, connections: Int,
        logger: Logger
    ) -> [BookingDatabase] {
        configurations.enumerated().map { number, configuration in
            BookingDatabase(
                name: "shard \(number)", configuration: configuration, application: application,
                connections: connections, kind: .shard, shard: ShardNumber(number), logger: logger)
        }
    }

    private init(
        name: String, configuration: PostgresConfiguration, application: String, connections: Int,
        kind: DatabaseKind, shard: ShardNumber?, logger: Logger
    ) {
        var configuration = configuration
        configuration.applicationName = application
        configuration.sessionSettings = SessionSettings.all
        var logger = logger
        logger[metadataKey: "database"] = "\(name)"
        self.name = name
        self.kind = kind
        address = configuration.description
        pool = PostgresPool(
            configuration: configuration, connectionsMax: connections, logger: logger)
        addresses = shard == nil ? CanonicalAddresses(directory: pool) : nil
        identity = shard.map { [pool] in ShardIdentity(pool: pool, shard: $0) }
        logs = shard == nil ? nil : LogRepository(pool: pool)
    }
}

extension BookingDatabase {
    /// What a look at the database says.
    enum Finding: Hashable, Sendable {
        case fine
        /// Nobody knows; it may be well a moment later.
        case unreachable(String)
        /// It must not be used as it is; waiting does not help.
        case wrong(String)
    }

    /// Whether the database has a schema that this program works with, and is the shard it is taken for.
    func check() async -> Finding {
        do throws(PostgresError) {
            switch try await pool.schemaStanding(of: kind.migrations) {
            case .fit: break
            case .outdated: return .wrong(Self.outdated)
            case .foreign(let version, let name):
                return .wrong(
                    "it has migration \(version) (\(name)), with which this program cannot work: the "
                        + "schema is newer, or another database's")
            }
        } catch { return .unreachable(error.description) }
        do throws(StoreError) {
            try await identity?.verify()
            return .fine
        } catch {
            return error.code == .mismatch
                ? .wrong(error.message) : .unreachable(error.description)
        }
    }

    private static let outdated = "the schema is not there or not current: run 'boxoffice migrate'"
}
