/// One step in the life of a database's schema.
public struct PostgresMigration: Hashable, Sendable {
    /// Its place in the order, from 1.
    public let version: Int

    /// What it is about, for people.
    public let name: String

    /// The statements; they run in a transaction, so they must not begin or end one.
    public let sql: String

    /// Whether it only takes away what older programs use: it can wait until none of them runs any more, and the
    /// program works without it.
    public let isContraction: Bool

    /// Which programs cannot work with the schema from here on: those whose last migration is of a lower
    /// version than this.
    public let breaksProgramsBefore: Int

    /// Names a migration; unless it says which programs it breaks, it breaks all that do not know it.
    public init(
        version: Int, name: String, isContraction: Bool = false,
        breaksProgramsBefore: Int? = nil, sql: String
    ) {
        self.version = version
        self.name = name
        self.sql = sql
        self.isContraction = isContraction
        self.breaksProgramsBefore = breaksProgramsBefore ?? version
    }
}
