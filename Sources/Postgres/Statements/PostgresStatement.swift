/// A statement with a type of its own: its text, its parameters and the decoding of its rows side by
/// side.
///
/// ```swift
/// struct Reserve: PostgresStatement {
///     static let sql = """
///         UPDATE ticket_type SET available = available - $2 WHERE id = $1 RETURNING available
///         """
///     var id: PostgresUUID
///     var quantity: Int
///
///     func bind(to parameters: inout PostgresParameters) {
///         parameters.append(id)
///         parameters.append(quantity)
///     }
///
///     static func decode(_ row: inout PostgresRow) throws(PostgresError) -> Int {
///         try row.next()
///     }
/// }
/// ```
/// The text is prepared on a connection when it first runs there, and stays prepared.
public protocol PostgresStatement: Sendable {
    /// What each row becomes; `Void` for a statement whose rows do not matter.
    associatedtype Row: Sendable

    /// The text, with `$1`, `$2`, … for the parameters. One statement, not several.
    static var sql: String { get }

    /// Adds the parameters in the order of their numbers.
    func bind(to parameters: inout PostgresParameters)

    /// Reads one row, column by column.
    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> Row
}

extension PostgresStatement {
    /// No parameters.
    public func bind(to parameters: inout PostgresParameters) {}
}

extension PostgresStatement where Row == Void {
    /// The rows do not matter.
    public static func decode(_ row: inout PostgresRow) throws(PostgresError) {}
}
