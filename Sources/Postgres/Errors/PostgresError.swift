/// Whatever can go wrong with a Postgres connection, a statement or a pool.
///
/// ``description`` is safe to log: it holds no parameter values and no password. ``message`` is the
/// server's own primary message and may quote a value in a few cases (a text that cannot be cast,
/// for instance); the server's DETAIL lines hold row data and are never kept.
///
/// ``isSafeToRetry`` follows pgx's `SafeToRetry`: true only if nothing of what was asked can have
/// taken effect, so that asking again cannot do it twice.
public struct PostgresError: Error, Hashable, Sendable {
    /// What kind of trouble it is.
    public enum Code: String, Hashable, Sendable, CaseIterable {
        /// No connection could be opened.
        case connectionFailed
        /// The connection broke, or the server ended it.
        case connectionLost
        /// The answer did not come in time; the connection was closed.
        case timeout
        /// No connection of the pool became free in time, or too many callers wait already.
        case poolExhausted
        /// The connection, the transaction or the pool was closed by its owner before.
        case closed
        /// The task was cancelled while it waited for its turn.
        case cancelled
        /// The server refused the statement; ``PostgresError/sqlState`` says why.
        case server
        /// A value from the server does not fit the type it was to become.
        case decoding
        /// A value from the server is none of those that this program knows; a newer one may.
        case unknownValue
        /// The connection string or a setting is not valid.
        case invalidConfiguration
        /// The statement, script or channel name cannot be sent at all.
        case invalidStatement
        /// The list of migrations and what the database records do not agree.
        case migrationRefused
    }

    /// What kind of trouble it is.
    public let code: Code

    /// What happened, in words; the server's primary message, which may quote a value.
    public let message: String

    /// The condition the server named.
    public let sqlState: SQLState?

    /// The violated constraint.
    public let constraint: String?

    /// The table the condition is about.
    public let table: String?

    /// Which statement of a pipeline failed, counted from 0; nil if no single one is to blame.
    public internal(set) var statementIndex: Int?

    /// True if nothing of what was asked can have taken effect.
    public internal(set) var isSafeToRetry: Bool

    /// Makes an error; for adapters and tests that stand in for a server.
    public init(
        code: Code,
        message: String,
        sqlState: SQLState? = nil,
        constraint: String? = nil,
        table: String? = nil,
        statementIndex: Int? = nil,
        isSafeToRetry: Bool
    ) {
        self.code = code
        self.message = message
        self.sqlState = sqlState
        self.constraint = constraint
        self.table = table
        self.statementIndex = statementIndex
        self.isSafeToRetry = isSafeToRetry
    }
}

extension PostgresError: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The error in one line without parameter values or secrets.
    public var description: String {
        var parts = [code.rawValue]
        if let sqlState { parts.append("SQLSTATE \(sqlState)") }
        if let table { parts.append("table \(table)") }
        if let constraint { parts.append("constraint \(constraint)") }
        if let statementIndex { parts.append("statement \(statementIndex)") }
        let head = parts.joined(separator: ", ")
        return isMessageFreeOfValues ? "\(head): \(message)" : head
    }

    /// The same as ``description``.
    public var debugDescription: String { description }

    /// Shows ``description`` only, so that `dump` prints no values either.
    public var customMirror: Mirror {
        Mirror(self, children: ["description": description])
    }

    /// Messages that quote values belong to few classes of conditions; only the others are printed.
    private var isMessageFreeOfValues: Bool {
        // Before a connection is open there are no values to quote.
        guard let sqlState, code != .connectionFailed else { return true }
        return Self.printableClasses.contains(String(sqlState.conditionClass))
    }

    private static let printableClasses: Set<String> = [
        "08", "0A", "23", "25", "26", "28", "3D", "3F", "40", "42", "53", "54", "55", "57", "58",
        "XX",
    ]
}

extension PostgresError {
    static func decoding(_ message: String) -> PostgresError {
        PostgresError(code: .decoding, message: message, isSafeToRetry: false)
    }

    static func invalidConfiguration(_ message: String) -> PostgresError {
        PostgresError(code: .invalidConfiguration, message: message, isSafeToRetry: true)
    }

    static func invalidStatement(_ message: String) -> PostgresError {
        PostgresError(code: .invalidStatement, message: message, isSafeToRetry: true)
    }

    static func connectionFailed(
        _ message: String, sqlState: SQLState? = nil
    ) -> PostgresError {
        PostgresError(
            code: .connectionFailed, message: message, sqlState: sqlState, isSafeToRetry: true)
    }

    static func closed(_ what: String) -> PostgresError {
        PostgresError(code: .closed, message: "\(what) is closed", isSafeToRetry: true)
    }

    static let cancelled = PostgresError(
        code: .cancelled, message: "the task was cancelled while it waited", isSafeToRetry: true)
}
