package import Postgres

/// The two kinds of database there are.
package enum DatabaseKind: Sendable {
    /// Accounts, and the workers that live.
    case directory
    /// Events, and what is sold of them.
    case shard

    /// What such a database needs, in order.
    package var migrations: [PostgresMigration] {
        switch self {
        case .directory: BookingMigrations.directory
        case .shard: BookingMigrations.shard
        }
    }
}
