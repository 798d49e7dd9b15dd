/// How an exchange with the server can fail, before anybody asks what it means for the caller.
enum ExchangeFailure: Error, Hashable, Sendable {
    /// The server refused a statement and is ready for the next; no statement if the commit failed.
    case refused(ServerFailure, statement: Int?)
    /// The server ended the session, or the connection broke.
    case lost(ServerFailure, statement: Int?)
    /// The answer did not come in time.
    case expired
    /// The owner closed the connection without waiting.
    case stopped
    /// A statement asked to copy data.
    case copyRequested(statement: Int?)

    /// Whether the connection is of no more use.
    var endsConnection: Bool {
        if case .refused = self { false } else { true }
    }
}

extension ExchangeFailure {
    /// What the caller is told.
    ///
    /// Nothing can have taken effect, and so asking again is safe, when
    /// - the server itself refused: it undid the whole pipeline or transaction;
    /// - the connection ended inside a transaction whose COMMIT was never sent.
    ///
    /// A script is the exception: it may commit parts of itself.
    func error(during work: Job.Work, inTransaction: Bool) -> PostgresError {
        let isUndone = inTransaction && work.isUndoneWithItsTransaction
        switch self {
        case .refused(let failure, let statement):
            var error = PostgresError(failure, code: .server, statement: statement)
            error.isSafeToRetry = isUndone || !work.isScript
            return error
        case .lost(let failure, let statement):
            var error = PostgresError(failure, code: .connectionLost, statement: statement)
            error.isSafeToRetry = isUndone || work.hasNoEffect
            return error
        case .expired:
            return PostgresError(
                code: .timeout, message: "the server did not answer in time",
                isSafeToRetry: isUndone || work.hasNoEffect)
        case .stopped:
            return PostgresError(
                code: .closed, message: "the connection was closed during the call",
                isSafeToRetry: isUndone || work.hasNoEffect)
        case .copyRequested(let statement):
            return PostgresError(
                code: .invalidStatement, message: "COPY through the client is not supported",
                statementIndex: statement, isSafeToRetry: isUndone)
        }
    }
}

extension Job.Work {
    fileprivate var isScript: Bool {
        if case .script = self { true } else { false }
    }

    /// Whether the server undoes it when the connection ends; a script can hold a COMMIT of its own.
    fileprivate var isUndoneWithItsTransaction: Bool {
        switch self {
        case .pipeline, .begin, .rollback, .listen, .unlisten: true
        case .commit, .script: false
        }
    }

    /// Whether it changes nothing that outlives the connection.
    fileprivate var hasNoEffect: Bool {
        switch self {
        case .begin, .rollback, .listen, .unlisten: true
        case .pipeline, .commit, .script: false
        }
    }
}

extension PostgresError {
    fileprivate init(_ failure: ServerFailure, code: Code, statement: Int?) {
        self.init(
            code: code, message: failure.message, sqlState: failure.sqlState,
            constraint: failure.constraint, table: failure.table, statementIndex: statement,
            isSafeToRetry: false)
    }
}
