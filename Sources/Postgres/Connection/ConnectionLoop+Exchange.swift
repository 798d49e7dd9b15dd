import FaultPoints

// What the jobs are in terms of messages.
extension ConnectionLoop {
    /// How often a pipeline is sent: a second time if a statement had to be prepared again.
    private static var attemptsMax: Int { 2 }
    /// How many statements a pipeline has in the middle of which a test may stop the program.
    private static var batchStatementsMin: Int { 4 }

    /// Does a job and returns the results of its statements.
    mutating func results(of job: Job) throws(ExchangeFailure) -> [ResultTable] {
        switch job.work {
        case .pipeline(let statements):
            return try run(statements, until: job.deadline)
        case .begin:
            return try run([.begin], until: job.deadline)
        case .commit:
            return try run([.commit], until: job.deadline)
        case .rollback:
            return try run([.rollback], until: job.deadline)
        case .script(let script):
            try run(script: script, until: job.deadline)
            return []
        case .listen(let subscription):
            // Before the server knows, so that no notification falls in between.
            guard board.add(subscription) else { return [] }
            do {
                return try run([.listen(to: subscription.channel)], until: job.deadline)
            } catch {
                _ = board.remove(subscription)
                throw error
            }
        case .unlisten(let subscription):
            guard board.remove(subscription) else { return [] }
            return try run([.unlisten(to: subscription.channel)], until: job.deadline)
        }
    }

    /// Runs statements in one pipeline: one flush, one synchronization point, one answer.
    private mutating func run(
        _ statements: [BoundStatement], until deadline: ContinuousClock.Instant
    ) throws(ExchangeFailure) -> [ResultTable] {
        let isOutsideTransaction = connection.transactionStatus == .idle
        var attempt = 1
        while true {
            let steps = prepared.steps(for: statements, canDeallocate: isOutsideTransaction)
            guard send(steps, of: statements), connection.sendSync() else {
                throw .lost(connection.failure, statement: nil)
            }
            var exchange = PipelineExchange(steps: steps)
            try converse(&exchange, until: deadline)
            prepared.record(exchange, of: statements)
            guard let failure = exchange.failure else {
                // A result for each statement, or the two sides no longer understand each other.
                guard exchange.tables.count == statements.count else {
                    throw .lost(connection.failure, statement: nil)
                }
                return exchange.tables
            }
            // The server undid everything: it can be sent again, with the statement prepared anew.
            guard failure.isStalePreparation, isOutsideTransaction, attempt < Self.attemptsMax
            else { throw .refused(failure, statement: exchange.failedStatement) }
            attempt += 1
        }
    }

    private mutating func send(
        _ steps: [PipelineExchange.Step], of statements: [BoundStatement]
    ) -> Bool {
        let pausesForTests =
            statements.count >= Self.batchStatementsMin && FaultPoint.midPipeline.isArmed
        for step in steps {
            let isSent =
                switch step {
                case .deallocate(let name):
                    connection.sendOnce(
                        sql: "DEALLOCATE \(name)", parameters: PostgresParameters())
                case .prepare(let name, let index):
                    connection.sendPrepare(
                        name: name, sql: statements[index].sql,
                        oids: statements[index].parameters.oids)
                case .execute(let name, let index):
                    connection.sendExecute(name: name, parameters: statements[index].parameters)
                case .once(let index):
                    connection.sendOnce(
                        sql: statements[index].sql, parameters: statements[index].parameters)
                }
            guard isSent else { return false }
            if pausesForTests, case .execute(_, let index) = step, index == 0 {
                _ = connection.flush()
                FaultPoint.midPipeline.pass()
            }
        }
        return true
    }

    /// Runs a script, which pipeline mode does not allow.
    private mutating func run(
        script: String, until deadline: ContinuousClock.Instant
    ) throws(ExchangeFailure) {
        guard connection.setPipelineMode(false), connection.sendScript(script) else {
            throw .lost(connection.failure, statement: nil)
        }
        var exchange = ScriptExchange()
        try converse(&exchange, until: deadline)
        guard connection.setPipelineMode(true) else {
            throw .lost(connection.failure, statement: nil)
        }
        if let failure = exchange.failure { throw .refused(failure, statement: nil) }
    }

    /// Writes what is to be sent and reads what comes back, both at the same time: a server that
    /// cannot get rid of its answers stops reading.
    private mutating func converse(
        _ exchange: inout some Exchange, until deadline: ContinuousClock.Instant
    ) throws(ExchangeFailure) {
        var isFlushed = false
        var isBroken = false
        while true {
            // A failed write is no news yet: the reading side learns why.
            if !isFlushed { isFlushed = connection.flush() ?? true }
            while let event = connection.nextEvent() {
                switch exchange.receive(event) {
                case .wait: continue
                case .finish: return deliverNotifications()
                case .abandon:
                    throw .lost(
                        exchange.failure ?? connection.failure, statement: exchange.failedStatement)
                case .refuseCopy:
                    throw .copyRequested(statement: exchange.failedStatement)
                }
            }
            deliverNotifications()
            guard !isBroken else { throw .lost(connection.failure, statement: nil) }
            let readiness = try socketWait.wait(
                on: connection.socket, writing: !isFlushed, until: deadline)
            // What arrived before the end is still looked at: it may say why.
            if readiness.canRead { isBroken = !connection.consumeInput() }
        }
    }
}
