/// An error as the server reported it.
struct ServerFailure: Hashable, Sendable {
    /// `ERROR`, `FATAL` or `PANIC`; nil if the message is libpq's own and no server spoke.
    var severity: String?
    var sqlState: SQLState?
    var message: String
    var table: String?
    var constraint: String?
    /// The function of the server's source that reported it: the one part no locale changes.
    var function: String?

    /// Whether the session is over.
    var endsSession: Bool { severity != "ERROR" }

    /// Whether the prepared statement is no longer good, though its text may be.
    ///
    /// Its result has other columns by now, or somebody deallocated it. Preparing it again helps.
    var isStalePreparation: Bool {
        sqlState == .invalidSQLStatementName
            || sqlState == .featureNotSupported && function == "RevalidateCachedQuery"
    }
}
