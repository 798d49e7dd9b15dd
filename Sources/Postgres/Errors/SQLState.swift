/// The five characters by which a Postgres server names a condition.
///
/// The names below are those of the [manual](https://www.postgresql.org/docs/15/errcodes-appendix.html);
/// any other state can still be compared by its ``rawValue``.
public struct SQLState: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The five characters, for instance `23505`.
    public let rawValue: String

    /// Takes the five characters as they are.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// The five characters.
    public var description: String { rawValue }

    /// The first two characters: the class the condition belongs to.
    public var conditionClass: Substring { rawValue.prefix(2) }

    /// The type `0A000`: the server cannot do this, a stale cached plan among other things..
    public static let featureNotSupported = SQLState(rawValue: "0A000")
    /// The type `22001`: a string is too long for its column..
    public static let stringDataRightTruncation = SQLState(rawValue: "22001")
    /// The type `22003`: a number is outside the range of its type..
    public static let numericValueOutOfRange = SQLState(rawValue: "22003")
    /// The type `22P02`: a text is not a value of the type it was cast to..
    public static let invalidTextRepresentation = SQLState(rawValue: "22P02")
    /// The type `23502`: NULL in a column that forbids it..
    public static let notNullViolation = SQLState(rawValue: "23502")
    /// The type `23503`: a foreign key points nowhere, or a row is still pointed at..
    public static let foreignKeyViolation = SQLState(rawValue: "23503")
    /// The type `23505`: a key exists already..
    public static let uniqueViolation = SQLState(rawValue: "23505")
    /// The type `23514`: a check constraint says no..
    public static let checkViolation = SQLState(rawValue: "23514")
    /// The type `25P02`: the transaction has failed and takes nothing but a rollback..
    public static let inFailedSQLTransaction = SQLState(rawValue: "25P02")
    /// The type `25P03`: the transaction sat idle for too long..
    public static let idleInTransactionSessionTimeout = SQLState(rawValue: "25P03")
    /// The type `25006`: the server, or the transaction, is read-only..
    public static let readOnlySQLTransaction = SQLState(rawValue: "25006")
    /// The type `26000`: no prepared statement has this name..
    public static let invalidSQLStatementName = SQLState(rawValue: "26000")
    /// The type `28000`: this user may not connect in this way..
    public static let invalidAuthorizationSpecification = SQLState(rawValue: "28000")
    /// The type `28P01`: the password is wrong..
    public static let invalidPassword = SQLState(rawValue: "28P01")
    /// The type `3D000`: there is no such database..
    public static let invalidCatalogName = SQLState(rawValue: "3D000")
    /// The type `40001`: the transaction could not be serialized with others..
    public static let serializationFailure = SQLState(rawValue: "40001")
    /// The type `40P01`: the transaction was chosen to break a deadlock..
    public static let deadlockDetected = SQLState(rawValue: "40P01")
    /// The type `42501`: the user lacks a privilege..
    public static let insufficientPrivilege = SQLState(rawValue: "42501")
    /// The type `42601`: the statement does not parse..
    public static let syntaxError = SQLState(rawValue: "42601")
    /// The type `42703`: there is no such column..
    public static let undefinedColumn = SQLState(rawValue: "42703")
    /// The type `42P01`: there is no such table..
    public static let undefinedTable = SQLState(rawValue: "42P01")
    /// The type `42P04`: the database exists already..
    public static let duplicateDatabase = SQLState(rawValue: "42P04")
    /// The type `42P07`: the table exists already..
    public static let duplicateTable = SQLState(rawValue: "42P07")
    /// The type `53300`: the server takes no more connections..
    public static let tooManyConnections = SQLState(rawValue: "53300")
    /// The type `55P03`: a lock was not to be had in time..
    public static let lockNotAvailable = SQLState(rawValue: "55P03")
    /// The type `57014`: the statement was cancelled, by request or by `statement_timeout`..
    public static let queryCanceled = SQLState(rawValue: "57014")
    /// The type `57P01`: an administrator ended the session or stopped the server..
    public static let adminShutdown = SQLState(rawValue: "57P01")
    /// The type `57P02`: another session crashed and took this one with it..
    public static let crashShutdown = SQLState(rawValue: "57P02")
    /// The type `57P03`: the server is starting up or shutting down..
    public static let cannotConnectNow = SQLState(rawValue: "57P03")
    /// The type `P0001`: a `RAISE EXCEPTION` of a function..
    public static let raiseException = SQLState(rawValue: "P0001")
}
