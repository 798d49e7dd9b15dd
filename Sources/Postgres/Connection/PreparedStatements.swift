/// Which statements are prepared on a connection, and under which names.
struct PreparedStatements {
    /// How many statements stay prepared; further ones run unprepared.
    ///
    /// A program has some dozens of statement types; whoever has
    /// more than this builds texts at run time, and they should not pile up on the server.
    static let countMax = 512

    private var names: [BoundStatement.Key: String] = [:]
    /// Still on the server, but no longer good for anything.
    private var retired: [String] = []
    private var lastNumber = 0

    /// What to send for these statements, preparing what is not prepared.
    mutating func steps(
        for statements: [BoundStatement], canDeallocate: Bool
    ) -> [PipelineExchange.Step] {
        var steps: [PipelineExchange.Step] = []
        if canDeallocate {
            steps = retired.map { .deallocate(name: $0) }
        }
        var planned: [BoundStatement.Key: String] = [:]
        for (index, statement) in statements.enumerated() {
            let key = statement.key
            if let name = names[key] ?? planned[key] {
                steps.append(.execute(name: name, statement: index))
            } else if statement.isPrepared, names.count + planned.count < Self.countMax {
                lastNumber += 1
                let name = "s\(lastNumber)"
                planned[key] = name
                steps.append(.prepare(name: name, statement: index))
                steps.append(.execute(name: name, statement: index))
            } else {
                steps.append(.once(statement: index))
            }
        }
        return steps
    }

    /// Learns from what the server did with the steps.
    mutating func record(_ exchange: PipelineExchange, of statements: [BoundStatement]) {
        for step in exchange.completed {
            switch step {
            case .prepare(let name, let index): names[statements[index].key] = name
            case .deallocate(let name): retired.removeAll { $0 == name }
            case .execute, .once: break
            }
        }
        guard let failure = exchange.failure, failure.isStalePreparation else { return }
        if failure.sqlState == .invalidSQLStatementName {
            // Somebody ran DEALLOCATE ALL or DISCARD ALL: none of the names means anything now.
            names = [:]
            retired = []
        } else if let index = exchange.failedStatement,
            let name = names.removeValue(forKey: statements[index].key)
        {
            retired.append(name)
        }
    }
}
