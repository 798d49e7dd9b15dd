/// An open transaction, for as long as the body of `withTransaction` runs.
///
/// Afterwards every call on it fails with ``PostgresError/Code/closed``.
///
/// A failed statement fails the transaction: nothing more can be done in it but to leave the body.
/// Until COMMIT is sent nothing has taken effect, so the errors of its statements are safe to retry,
/// with the whole transaction, even if the connection was lost.
public struct PostgresTransaction: Sendable {
    let connection: PostgresConnection
    let token: TransactionToken

    /// Runs one statement and returns its rows.
    @discardableResult
    public func execute<S: PostgresStatement>(
        _ statement: S
    ) async throws(PostgresError) -> [S.Row] {
        try await connection.execute(statement, in: token)
    }

    /// Runs several statements in one round trip and returns the rows of each.
    @discardableResult
    public func pipeline<each S: PostgresStatement>(
        _ statement: repeat each S
    ) async throws(PostgresError) -> (repeat [(each S).Row]) {
        try await connection.pipeline(repeat each statement, in: token)
    }

    /// Runs a text of several statements, which must not end the transaction.
    public func run(script: String, timeout: Duration? = nil) async throws(PostgresError) {
        try await connection.run(script: script, timeout: timeout, in: token)
    }
}
