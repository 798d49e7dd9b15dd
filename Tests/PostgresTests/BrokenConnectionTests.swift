import Testing

@testable import Postgres

@Suite("A connection that breaks", .timeLimit(.minutes(1)))
struct BrokenConnectionTests {
    /// A connection through a proxy, to a database with the table of items.
    private func withProxy(
        queryTimeout: Duration = .seconds(40),
        _ body: (PostgresConnection, BreakableProxy, _ direct: PostgresConnection) async throws ->
            Void
    ) async throws {
        try await TestDatabase.with { database in
            let direct = try await database.connect()
            try await direct.run(script: createItems)
            try await BreakableProxy.with(database) { proxy in
                var configuration = try database.configuration(proxyPort: proxy.port)
                configuration.queryTimeout = queryTimeout
                let connection = try await PostgresConnection.connect(
                    configuration, logger: .silent)
                try await body(connection, proxy, direct)
                await connection.close()
            }
            await direct.close()
        }
    }

    @Test("A session killed while it works is a lost connection, and not safe to retry")
    func killedAtWork() async throws {
        try await TestDatabase.with { database in
            let victim = try await database.connect()
            let killer = try await database.connect()
            async let lost = postgresError {
                try await victim.pipeline(Echo(value: 1), Sleep(seconds: 60))
            }
            #expect(
                try await eventually {
                    guard
                        let pid = try await killer.execute(SessionsRunning(text: "pg_sleep")).first
                    else { return false }
                    return try await killer.execute(Terminate(pid: pid)) == [true]
                })
            let error = try await lost
            #expect(error.code == .connectionLost)
            #expect(error.sqlState == .adminShutdown)
            #expect(error.statementIndex == 1)
            #expect(!error.isSafeToRetry)
            #expect(!victim.isOpen)
            let next = try await postgresError { try await victim.execute(Echo(value: 1)) }
            #expect(next.code == .connectionLost)
            #expect(next.isSafeToRetry)
            await killer.close()
        }
    }

    @Test("A session killed at rest is noticed without anybody asking")
    func killedAtRest() async throws {
        try await TestDatabase.with { database in
            let victim = try await database.connect()
            let killer = try await database.connect()
            let pid = try await victim.execute(ProcessID())[0]
            #expect(try await killer.execute(Terminate(pid: pid)) == [true])
            #expect(try await eventually { !victim.isOpen })
            await killer.close()
        }
    }

    @Test("A server that stalls costs no more than the query timeout")
    func stalled() async throws {
        try await withProxy(queryTimeout: .seconds(2)) { connection, proxy, _ in
            try await connection.execute(InsertItem(id: 1))
            proxy.behaviour = .stall
            let start = ContinuousClock.now
            async let first = postgresError { try await connection.execute(InsertItem(id: 2)) }
            async let second = postgresError { try await connection.execute(InsertItem(id: 3)) }
            let errors = try await [first, second]
            #expect(start.duration(to: .now) < .seconds(8))
            #expect(!connection.isOpen)
            // One was sent, the other waited for its turn and never left.
            #expect(errors.map(\.code).contains(.timeout))
            #expect(errors.filter { !$0.isSafeToRetry }.map(\.code) == [.timeout])
        }
    }

    @Test("A stall inside a transaction is safe to retry, for nothing was committed")
    func stalledInTransaction() async throws {
        try await withProxy(queryTimeout: .seconds(2)) { connection, proxy, direct in
            proxy.behaviour = .stallAnswer(to: "INSERT INTO item")
            let error = try await postgresError {
                try await connection.withTransaction { transaction in
                    try await transaction.execute(InsertItem(id: 1))
                }
            }
            #expect(error.code == .timeout)
            #expect(error.isSafeToRetry)
            #expect(try await direct.execute(ListItems()) == [])
        }
    }

    @Test("A connection cut before the answer to COMMIT: committed, and not safe to retry")
    func cutAtCommit() async throws {
        try await withProxy { connection, proxy, direct in
            proxy.behaviour = .cutAnswer(to: "COMMIT")
            let error = try await postgresError {
                try await connection.withTransaction { transaction in
                    try await transaction.execute(InsertItem(id: 1))
                }
            }
            #expect(error.code == .connectionLost)
            #expect(!error.isSafeToRetry)
            #expect(try await direct.execute(ListItems()) == [1])
        }
    }

    @Test("COMMIT without an answer times out, and is not safe to retry")
    func stallAtCommit() async throws {
        try await withProxy(queryTimeout: .seconds(2)) { connection, proxy, _ in
            proxy.behaviour = .stallAnswer(to: "COMMIT")
            let error = try await postgresError {
                try await connection.withTransaction { transaction in
                    try await transaction.execute(InsertItem(id: 1))
                }
            }
            #expect(error.code == .timeout)
            #expect(!error.isSafeToRetry)
        }
    }

    @Test("A connection cut before the answer to a pipeline: committed, and not safe to retry")
    func cutAtPipeline() async throws {
        try await withProxy { connection, proxy, direct in
            proxy.behaviour = .cutAnswer(to: "INSERT INTO item")
            let error = try await postgresError {
                try await connection.pipeline(InsertItem(id: 1), InsertItem(id: 2))
            }
            #expect(error.code == .connectionLost)
            #expect(!error.isSafeToRetry)
            #expect(try await direct.execute(ListItems()) == [1, 2])
        }
    }

    @Test("A connection cut inside a transaction is safe to retry")
    func cutInTransaction() async throws {
        try await withProxy { connection, proxy, direct in
            proxy.behaviour = .cutAnswer(to: "INSERT INTO item")
            let error = try await postgresError {
                try await connection.withTransaction { transaction in
                    try await transaction.execute(InsertItem(id: 1))
                }
            }
            #expect(error.code == .connectionLost)
            #expect(error.isSafeToRetry)
            #expect(
                try await eventually {
                    try await direct.execute(SessionsRunning(text: "INSERT")).isEmpty
                })
            #expect(try await direct.execute(ListItems()) == [])
        }
    }

    @Test("A cancelled task still waits for the answer to what it sent")
    func cancelledInFlight() async throws {
        try await TestDatabase.with { database in
            let connection = try await database.connect()
            let observer = try await database.connect()
            try await connection.run(script: createItems)
            try await observer.execute(HoldLock())
            let answer = try await withThrowingTaskGroup(of: Int.self) { group in
                group.addTask {
                    let (_, _, count) = try await connection.pipeline(
                        InsertItem(id: 1), WaitForLock(), CountItems())
                    return count[0]
                }
                let isSent = try await eventually {
                    try await !observer.execute(SessionsRunning(text: "advisory_lock")).isEmpty
                }
                #expect(isSent)
                group.cancelAll()
                try await observer.execute(ReleaseLock())
                return try await group.next()
            }
            #expect(answer == 1)
            await connection.close()
            await observer.close()
        }
    }
}
