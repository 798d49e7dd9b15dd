extension PostgresConnection {
    /// Runs `body` in a transaction: commits when it returns, rolls back when it throws.
    ///
    /// Other callers of this connection wait until the transaction is over, so `body` must use the
    /// transaction it is given and not the connection.
    ///
    /// - Throws: What `body` throws; or a ``PostgresError`` of BEGIN or COMMIT. If the answer to COMMIT
    ///   is lost, nobody knows what became of it, and ``PostgresError/isSafeToRetry`` is false.
    @discardableResult
    public func withTransaction<R: Sendable>(
        _ body: (PostgresTransaction) async throws -> R
    ) async throws -> R {
        let token = TransactionToken(number: mailbox.nextNumber())
        try await perform(.begin(token), in: nil)
        let result: R
        do {
            result = try await body(PostgresTransaction(connection: self, token: token))
        } catch {
            // If even this fails the connection ends, and the server rolls back by itself.
            _ = try? await perform(.rollback, in: token)
            throw error
        }
        try await perform(.commit, in: token)
        return result
    }
}
