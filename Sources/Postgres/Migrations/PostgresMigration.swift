/// One step in the life of a database's schema.
public struct PostgresMigration: Hashable, Sendable {
    /// Its place in the order, from 1.
    public let version: Int

    /// What it is about, for people.
    public let name: String

    /// The statements; they run in a transaction, so they must not begin or end one.
    public let sql: String

    /// Names a migration.
    public init(version: Int, name: String, sql: String) {
        self.version = version
        self.name = name
        self.sql = sql
    }
}
