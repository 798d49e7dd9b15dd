public import Logging

/// A connection to a Postgres server.
///
/// It owns one thread, which alone touches libpq; callers hand it jobs and wait without blocking.
/// Jobs run one at a time in the order of their calls. Statements are prepared on first use. When
/// the connection breaks it stays broken: open another, or let a ``PostgresPool`` do it.
///
/// A task that is cancelled while its statement runs still waits for the answer, at most
/// ``PostgresConfiguration/queryTimeout``, because only the answer tells whether it took effect.
public final class PostgresConnection: Sendable {
    let configuration: PostgresConfiguration
    let mailbox: ConnectionMailbox

    init(_ configuration: PostgresConfiguration, mailbox: ConnectionMailbox) {
        self.configuration = configuration
        self.mailbox = mailbox
    }

    deinit {
        mailbox.stop(atOnce: false)
    }

    /// Opens a connection.
    ///
    /// - Throws: ``PostgresError/Code/connectionFailed`` if no server takes it in time,
    ///   ``PostgresError/Code/cancelled`` if the task is cancelled meanwhile.
    public static func connect(
        _ configuration: PostgresConfiguration, logger: Logger
    ) async throws(PostgresError) -> PostgresConnection {
        let opening = try Opening(configuration)
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                opening.start(logger: logger) { continuation.resume(returning: $0) }
            }
        } onCancel: {
            opening.abandon()
        }
        do {
            return try result.get()
        } catch let error where error.code == .closed {
            throw .cancelled
        }
    }

    /// Whether statements can still be sent; false once the connection was lost or closed.
    public var isOpen: Bool { mailbox.isOpen }

    /// Runs one statement and returns its rows.
    @discardableResult
    public func execute<S: PostgresStatement>(
        _ statement: S
    ) async throws(PostgresError) -> [S.Row] {
        try await execute(statement, in: nil)
    }

    /// Runs several statements in one round trip and returns the rows of each.
    ///
    /// They are one transaction: if one fails, none has taken effect, and the error's
    /// ``PostgresError/statementIndex`` tells which one it was.
    @discardableResult
    public func pipeline<each S: PostgresStatement>(
        _ statement: repeat each S
    ) async throws(PostgresError) -> (repeat [(each S).Row]) {
        try await pipeline(repeat each statement, in: nil)
    }

    /// Runs a text of several statements without parameters and drops their rows.
    ///
    /// They are one transaction unless the text itself says `BEGIN` and `COMMIT`.
    /// It may take `timeout`, or else ``PostgresConfiguration/queryTimeout``.
    public func run(script: String, timeout: Duration? = nil) async throws(PostgresError) {
        try await run(script: script, timeout: timeout, in: nil)
    }

    /// Closes the connection, after the call in flight; calls that wait for their turn fail.
    public func close() async {
        await withCheckedContinuation { continuation in
            mailbox.whenEnded { continuation.resume() }
            mailbox.stop(atOnce: false)
        }
    }
}

// The same for inside and outside a transaction.
extension PostgresConnection {
    func execute<S: PostgresStatement>(
        _ statement: S, in transaction: TransactionToken?
    ) async throws(PostgresError) -> [S.Row] {
        let tables = try await perform(
            .pipeline([try BoundStatement(statement)]), in: transaction)
        return try tables[0].decode(as: S.self)
    }

    func pipeline<each S: PostgresStatement>(
        _ statement: repeat each S, in transaction: TransactionToken?
    ) async throws(PostgresError) -> (repeat [(each S).Row]) {
        var statements: [BoundStatement] = []
        for statement in repeat each statement {
            statements.append(try BoundStatement(statement))
        }
        let tables = try await perform(.pipeline(statements), in: transaction)
        var index = -1
        func decodeNext<T: PostgresStatement>(as type: T.Type) throws(PostgresError) -> [T.Row] {
            index += 1
            do {
                return try tables[index].decode(as: T.self)
            } catch {
                var error = error
                error.statementIndex = index
                throw error
            }
        }
        return (repeat try decodeNext(as: (each S).self))
    }

    func run(
        script: String, timeout: Duration?, in transaction: TransactionToken?
    ) async throws(PostgresError) {
        guard !script.utf8.contains(0) else {
            throw .invalidStatement("the script contains a NUL character")
        }
        _ = try await perform(.script(script), in: transaction, timeout: timeout)
    }

    /// Hands a job to the connection's thread and waits for its outcome.
    @discardableResult
    func perform(
        _ work: Job.Work, in transaction: TransactionToken?, timeout: Duration? = nil
    ) async throws(PostgresError) -> [ResultTable] {
        let deadline = ContinuousClock.now + (timeout ?? configuration.queryTimeout)
        return try await withCheckedContinuation { continuation in
            mailbox.submit(
                Job(work: work, transaction: transaction, deadline: deadline) {
                    continuation.resume(returning: $0)
                })
        }
        .get()
    }
}
