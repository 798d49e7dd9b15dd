import Testing

@testable import Postgres

@Suite("An exchange, event by event")
struct ExchangeTests {
    private func failure(
        _ state: SQLState, severity: String = "ERROR", function: String? = nil
    ) -> ServerFailure {
        ServerFailure(severity: severity, sqlState: state, message: "m", function: function)
    }

    private func table(_ tag: String) -> ServerEvent {
        var table = ResultTable(columns: [])
        table.commandTag = tag
        return .result(table)
    }

    private func statement(_ sql: String) -> BoundStatement {
        BoundStatement(sql: sql, isPrepared: true)
    }

    @Test("Results belong to the executed statements; the exchange ends when synchronized")
    func success() {
        let steps: [PipelineExchange.Step] = [
            .deallocate(name: "old"), .prepare(name: "s1", statement: 0),
            .execute(name: "s1", statement: 0), .once(statement: 1),
        ]
        var exchange = PipelineExchange(steps: steps)
        for tag in ["DEALLOCATE", "", "INSERT 0 1", "SELECT 2"] {
            #expect(exchange.receive(table(tag)) == .wait)
            #expect(exchange.receive(.endOfStatement) == .wait)
        }
        #expect(exchange.receive(.synchronized) == .finish)
        #expect(exchange.tables.map(\.commandTag) == ["INSERT 0 1", "SELECT 2"])
        #expect(exchange.completed == steps)
        #expect(exchange.failure == nil)
    }

    @Test("The first error counts, with the statement it struck; the rest is skipped")
    func firstError() {
        var exchange = PipelineExchange(steps: [
            .prepare(name: "s1", statement: 0), .execute(name: "s1", statement: 0),
            .prepare(name: "s2", statement: 1), .execute(name: "s2", statement: 1),
        ])
        var actions: [ExchangeAction] = []
        for event in [
            table(""), .endOfStatement, table("SELECT 1"), .endOfStatement,
            .failure(failure(.syntaxError)), .endOfStatement, .skipped, .endOfStatement,
            .synchronized,
        ] { actions.append(exchange.receive(event)) }
        #expect(actions.dropLast().allSatisfy { $0 == .wait })
        #expect(actions.last == .finish)
        #expect(exchange.failure?.sqlState == .syntaxError)
        #expect(exchange.failedStatement == 1)
        #expect(exchange.completed.count == 2)
    }

    @Test("An error after the last statement is the commit's, and no statement's")
    func errorAtCommit() {
        var exchange = PipelineExchange(steps: [.once(statement: 0)])
        _ = exchange.receive(table("INSERT 0 1"))
        _ = exchange.receive(.endOfStatement)
        #expect(exchange.receive(.failure(failure(.uniqueViolation))) == .wait)
        #expect(exchange.receive(.endOfStatement) == .wait)
        #expect(exchange.receive(.synchronized) == .finish)
        #expect(exchange.failedStatement == nil)
    }

    @Test("The end of the session, and a wish to copy, end the exchange at once")
    func abandoned() {
        var pipeline = PipelineExchange(steps: [.once(statement: 0)])
        #expect(pipeline.receive(.failure(failure(.adminShutdown, severity: "FATAL"))) == .abandon)
        var copying = PipelineExchange(steps: [.once(statement: 0)])
        #expect(copying.receive(.copyRequested) == .refuseCopy)
        #expect(copying.failedStatement == 0)
        var script = ScriptExchange()
        #expect(script.receive(.failure(failure(.adminShutdown, severity: "PANIC"))) == .abandon)
    }

    @Test("A statement is prepared once, even twice in the same pipeline, and again when stale")
    func preparation() {
        var prepared = PreparedStatements()
        let statements = [statement("A"), statement("B"), statement("A")]
        func run(_ events: [ServerEvent]) -> [PipelineExchange.Step] {
            let steps = prepared.steps(for: statements, canDeallocate: true)
            var exchange = PipelineExchange(steps: steps)
            for event in events { _ = exchange.receive(event) }
            prepared.record(exchange, of: statements)
            return steps
        }
        let succeeding = [ServerEvent](repeating: table(""), count: 6)
            .flatMap { [$0, .endOfStatement] }
        let first = run(succeeding)
        #expect(
            first == [
                .prepare(name: "s1", statement: 0), .execute(name: "s1", statement: 0),
                .prepare(name: "s2", statement: 1), .execute(name: "s2", statement: 1),
                .execute(name: "s1", statement: 2),
            ])
        let stale = failure(.featureNotSupported, function: "RevalidateCachedQuery")
        let second = run([table(""), .endOfStatement, .failure(stale)])
        #expect(second.allSatisfy { if case .execute = $0 { true } else { false } })
        let third = run(succeeding)
        #expect(
            third.prefix(3) == [
                .deallocate(name: "s2"), .execute(name: "s1", statement: 0),
                .prepare(name: "s3", statement: 1),
            ])
        let fourth = run([.failure(failure(.invalidSQLStatementName))])
        #expect(fourth.count == 3)
        #expect(
            run(succeeding).prefix(3) == [
                .prepare(name: "s4", statement: 0), .execute(name: "s4", statement: 0),
                .prepare(name: "s5", statement: 1),
            ])
    }

    @Test("Not more statements than the limit stay prepared")
    func preparedMax() {
        var prepared = PreparedStatements()
        let statements = (0..<PreparedStatements.countMax + 2).map { statement("SELECT \($0)") }
        let steps = prepared.steps(for: statements, canDeallocate: true)
        #expect(steps.suffix(2) == [.once(statement: 512), .once(statement: 513)])
        #expect(steps.count == 2 * PreparedStatements.countMax + 2)
    }
}
