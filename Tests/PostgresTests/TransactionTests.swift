import Testing

@testable import Postgres

@Suite("Transactions and constraints", .timeLimit(.minutes(1)))
struct TransactionTests {
    private struct OwnFailure: Error {}

    private func withItems(
        _ body: (PostgresConnection) async throws -> Void
    ) async throws {
        try await TestDatabase.withConnection { connection in
            try await connection.run(script: createItems)
            try await body(connection)
        }
    }

    @Test("A pipeline is one transaction: an error in the third statement undoes the first two")
    func pipelineIsAtomic() async throws {
        try await withItems { connection in
            let error = try await postgresError {
                try await connection.pipeline(
                    InsertItem(id: 1), InsertItem(id: 2), InsertItem(id: 3, quantity: 101),
                    InsertItem(id: 4))
            }
            #expect(error.statementIndex == 2)
            #expect(error.code == .server)
            #expect(error.isSafeToRetry)
            #expect(try await connection.execute(ListItems()) == [])
            try await connection.pipeline(InsertItem(id: 1), InsertItem(id: 2))
            #expect(try await connection.execute(ListItems()) == [1, 2])
        }
    }

    @Test("A violated constraint is named, with its table and condition")
    func violations() async throws {
        try await withItems { connection in
            try await connection.execute(InsertItem(id: 1))
            let duplicate = try await postgresError {
                try await connection.execute(InsertItem(id: 1))
            }
            #expect(duplicate.sqlState == .uniqueViolation)
            #expect(duplicate.constraint == "item_pkey")
            #expect(duplicate.table == "item")
            let excess = try await postgresError {
                try await connection.execute(InsertItem(id: 2, quantity: -1))
            }
            #expect(excess.sqlState == .checkViolation)
            #expect(excess.constraint == "item_quantity_check")
            try await connection.run(
                script: "CREATE TABLE part (item bigint CONSTRAINT part_item_fkey REFERENCES item)")
            struct InsertPart: PostgresStatement {
                typealias Row = Void
                static let sql = "INSERT INTO part VALUES (4711)"
            }
            let orphan = try await postgresError { try await connection.execute(InsertPart()) }
            #expect(orphan.sqlState == .foreignKeyViolation)
            #expect(orphan.constraint == "part_item_fkey")
            for error in [duplicate, excess, orphan] {
                #expect(error.isSafeToRetry)
                #expect(!error.description.contains("4711"))
                #expect(!error.description.contains("(id)=(1)"))
            }
        }
    }

    @Test("A constraint that is checked at the commit fails the pipeline, and no single statement")
    func deferredConstraint() async throws {
        try await withItems { connection in
            try await connection.run(
                script: """
                    ALTER TABLE item ADD CONSTRAINT item_quantity_key UNIQUE (quantity)
                    DEFERRABLE INITIALLY DEFERRED
                    """)
            for _ in 0..<2 {
                let error = try await postgresError {
                    try await connection.pipeline(InsertItem(id: 1), InsertItem(id: 2))
                }
                #expect(error.constraint == "item_quantity_key")
                #expect(error.statementIndex == nil)
                #expect(error.isSafeToRetry)
            }
            let error = try await postgresError {
                try await connection.withTransaction { transaction in
                    try await transaction.pipeline(InsertItem(id: 1), InsertItem(id: 2))
                }
            }
            #expect(error.constraint == "item_quantity_key")
            #expect(error.isSafeToRetry)
            #expect(try await connection.execute(ListItems()) == [])
        }
    }

    @Test("A transaction commits when its body returns")
    func commit() async throws {
        try await withItems { connection in
            let count = try await connection.withTransaction { transaction in
                try await transaction.execute(InsertItem(id: 1))
                try await transaction.pipeline(InsertItem(id: 2), InsertItem(id: 3))
                try await transaction.run(script: "INSERT INTO item VALUES (4, 1)")
                return try await transaction.execute(CountItems())
            }
            #expect(count == [4])
            #expect(try await connection.execute(ListItems()) == [1, 2, 3, 4])
        }
    }

    @Test("A transaction rolls back when its body throws, and the body's error comes out")
    func rollback() async throws {
        try await withItems { connection in
            await #expect(throws: OwnFailure.self) {
                try await connection.withTransaction { transaction in
                    try await transaction.execute(InsertItem(id: 1))
                    throw OwnFailure()
                }
            }
            let error = try await postgresError {
                try await connection.withTransaction { transaction in
                    try await transaction.execute(InsertItem(id: 1))
                    try await transaction.execute(InsertItem(id: 1))
                }
            }
            #expect(error.sqlState == .uniqueViolation)
            #expect(try await connection.execute(ListItems()) == [])
        }
    }

    @Test("A body that hides a failed statement does not commit")
    func hiddenFailure() async throws {
        try await withItems { connection in
            let error = try await postgresError {
                try await connection.withTransaction { transaction in
                    try await transaction.execute(InsertItem(id: 1))
                    _ = try? await transaction.execute(InsertItem(id: 1))
                }
            }
            #expect(error.sqlState == .inFailedSQLTransaction)
            #expect(error.isSafeToRetry)
            #expect(try await connection.execute(ListItems()) == [])
        }
    }

    @Test("Other callers of the connection wait until a transaction is over")
    func othersWait() async throws {
        try await withItems { connection in
            async let total = connection.withTransaction { transaction in
                var seen: [Int] = []
                for id in 1...20 {
                    try await transaction.execute(InsertItem(id: id))
                    seen += try await transaction.execute(CountItems())
                }
                return seen
            }
            var counts: Set<Int> = []
            for _ in 0..<50 { counts.formUnion(try await connection.execute(CountItems())) }
            #expect(try await total == Array(1...20))
            #expect(counts.isSubset(of: [0, 20]))
        }
    }

    @Test("A transaction that is over takes no more statements")
    func usedAfterwards() async throws {
        try await withItems { connection in
            let kept = try await connection.withTransaction { $0 }
            let error = try await postgresError { try await kept.execute(InsertItem(id: 1)) }
            #expect(error.code == .closed)
            #expect(error.isSafeToRetry)
            #expect(try await connection.execute(ListItems()) == [])
        }
    }

    @Test("A call on the connection inside its own transaction times out instead of deadlocking")
    func callFromInside() async throws {
        try await TestDatabase.with { database in
            var configuration = try database.configuration()
            configuration.queryTimeout = .seconds(2)
            let connection = try await PostgresConnection.connect(configuration, logger: .silent)
            let error = try await postgresError {
                try await connection.withTransaction { _ in
                    try await connection.execute(Echo(value: 1))
                }
            }
            #expect(error.code == .timeout)
            #expect(error.isSafeToRetry)
            #expect(try await connection.execute(Echo(value: 2)) == [2])
            await connection.close()
        }
    }
}
