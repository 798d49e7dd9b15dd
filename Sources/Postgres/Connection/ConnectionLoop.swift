internal import Logging

/// The life of a connection on its own thread: one job at a time, and notifications in between.
struct ConnectionLoop: ~Copyable {
    /// Why the loop ended, and the job that was in flight then.
    struct Ending {
        var error: PostgresError
        var job: (job: Job, error: PostgresError)?
    }

    var connection: LibPQConnection
    let mailbox: ConnectionMailbox
    let logger: Logger
    var prepared = PreparedStatements()
    var board = NotificationBoard()

    init(_ connection: consuming LibPQConnection, mailbox: ConnectionMailbox, logger: Logger) {
        self.connection = connection
        self.mailbox = mailbox
        self.logger = logger
    }

    var socketWait: SocketWait { SocketWait(mailbox: mailbox) }

    /// Opens the connection, says how that went, and works until the connection ends.
    static func main(
        _ attempts: [ConnectionString], timeout: Duration, mailbox: ConnectionMailbox,
        logger: Logger, opened: (Result<Void, PostgresError>) -> Void
    ) {
        let connection: LibPQConnection
        do {
            connection = try ConnectionOpening(mailbox: mailbox, logger: logger)
                .open(attempts, timeout: timeout)
        } catch {
            mailbox.end(with: error)
            return opened(.failure(error))
        }
        logger.debug("A Postgres connection is open")
        opened(.success(()))
        var loop = ConnectionLoop(connection, mailbox: mailbox, logger: logger)
        let ending = loop.run()
        let board = loop.close()
        logger.debug(
            "A Postgres connection has ended", metadata: ["reason": "\(ending.error)"])
        mailbox.end(with: ending.error)
        board.finish()
        if let (job, error) = ending.job { job.complete(.failure(error)) }
    }

    private mutating func run() -> Ending {
        while true {
            switch mailbox.nextTurn() {
            case .run(let job):
                if let ending = perform(job) { return ending }
            case .sleep:
                if let ending = sleep() { return ending }
            case .stop:
                return Ending(error: .closed("the connection"))
            }
        }
    }

    /// Waits for a job, and meanwhile takes in what the server sends by itself.
    private mutating func sleep() -> Ending? {
        do {
            guard try socketWait.wait(on: connection.socket).canRead else { return nil }
        } catch {
            return Ending(error: .closed("the connection"))
        }
        guard connection.consumeInput() else {
            let failure = connection.failure
            logger.warning(
                "An idle Postgres connection was lost", metadata: ["reason": "\(failure.message)"])
            return Ending(error: .lostBefore(failure))
        }
        deliverNotifications()
        return nil
    }

    /// Runs a job and completes it, unless it ends the connection.
    private mutating func perform(_ job: Job) -> Ending? {
        let token = mailbox.openTransaction
        do {
            let tables = try results(of: job)
            let refusal = PostgresError.refusal(of: job.work, answered: tables)
            note(job, succeeded: true, in: token)
            job.complete(refusal.map { .failure($0) } ?? .success(tables))
            return nil
        } catch {
            let reported = error.error(during: job.work, inTransaction: token != nil)
            guard error.endsConnection || job.work.mustSucceed else {
                note(job, succeeded: false, in: token)
                job.complete(.failure(reported))
                return nil
            }
            let ending: PostgresError =
                if case .lost(let failure, _) = error { .lostBefore(failure) } else {
                    PostgresError(
                        code: .connectionLost, message: "the connection was given up",
                        isSafeToRetry: true)
                }
            return Ending(error: ending, job: (job, reported))
        }
    }

    /// Notes which transaction is open after a job, and what else it left behind.
    private func note(_ job: Job, succeeded: Bool, in token: TransactionToken?) {
        let status = connection.transactionStatus
        let transaction: TransactionToken? =
            switch job.work {
            case .begin(let new): succeeded ? new : nil
            case .commit, .rollback: nil
            // A statement can end its transaction by itself.
            case .pipeline, .script, .listen, .unlisten: status == .idle ? nil : token
            }
        let isLeftOpen = transaction == nil && status != .idle
        mailbox.note(transaction: transaction, isMarked: isLeftOpen || !board.isEmpty)
    }

    /// Passes on the notifications that have arrived.
    mutating func deliverNotifications() {
        while let notification = connection.nextNotification() {
            board.deliver(notification, logger: logger)
        }
    }

    /// Ends this value, and with it the connection; returns those who still listen.
    private consuming func close() -> NotificationBoard {
        board
    }
}

extension Job.Work {
    /// Without a rollback nobody knows what state the session is in.
    fileprivate var mustSucceed: Bool {
        if case .rollback = self { true } else { false }
    }
}

extension PostgresError {
    /// For whoever asks something of a connection that broke before.
    fileprivate static func lostBefore(_ failure: ServerFailure) -> PostgresError {
        PostgresError(
            code: .connectionLost, message: failure.message, sqlState: failure.sqlState,
            isSafeToRetry: true)
    }

    /// A COMMIT of a failed transaction is answered with ROLLBACK, and without an error.
    fileprivate static func refusal(
        of work: Job.Work, answered tables: [ResultTable]
    ) -> PostgresError? {
        guard case .commit = work, tables.first?.commandTag == "ROLLBACK" else { return nil }
        return PostgresError(
            code: .server, message: "rolled back, because a statement had failed before",
            sqlState: .inFailedSQLTransaction, isSafeToRetry: true)
    }
}
