/// A statement's text with its parameters, ready to be sent.
struct BoundStatement: Sendable {
    /// What a prepared statement is found by: the same text with other parameter types is another.
    struct Key: Hashable, Sendable {
        var sql: String
        var oids: [UInt32]
    }

    let sql: String
    let parameters: PostgresParameters
    /// Whether it is worth keeping prepared.
    let isPrepared: Bool

    var key: Key { Key(sql: sql, oids: parameters.oids) }

    init<S: PostgresStatement>(_ statement: S) throws(PostgresError) {
        var parameters = PostgresParameters()
        statement.bind(to: &parameters)
        guard parameters.places.count <= PostgresParameters.countMax else {
            throw .invalidStatement(
                "\(parameters.places.count) parameters, at most \(PostgresParameters.countMax)")
        }
        guard parameters.bytes.count <= PostgresParameters.bytesMax else {
            throw .invalidStatement(
                "parameters of \(parameters.bytes.count) bytes, at most "
                    + "\(PostgresParameters.bytesMax)")
        }
        self.sql = S.sql
        self.parameters = parameters
        self.isPrepared = true
    }

    /// A statement without parameters.
    init(sql: String, isPrepared: Bool) {
        self.sql = sql
        self.parameters = PostgresParameters()
        self.isPrepared = isPrepared
    }
}

extension BoundStatement {
    static let begin = BoundStatement(sql: "BEGIN", isPrepared: true)
    static let commit = BoundStatement(sql: "COMMIT", isPrepared: true)
    static let rollback = BoundStatement(sql: "ROLLBACK", isPrepared: true)

    static func listen(to channel: String) -> BoundStatement {
        BoundStatement(sql: "LISTEN \(quoted(channel))", isPrepared: false)
    }

    static func unlisten(to channel: String) -> BoundStatement {
        BoundStatement(sql: "UNLISTEN \(quoted(channel))", isPrepared: false)
    }

    private static func quoted(_ identifier: String) -> String {
        let characters = identifier.map { $0 == "\"" ? "\"\"" : String($0) }
        return "\"\(characters.joined())\""
    }
}
