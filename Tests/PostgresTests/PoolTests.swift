import Synchronization
import Testing

@testable import Postgres

@Suite("A pool", .timeLimit(.minutes(1)))
struct PoolTests {
    private func withPool(
        _ database: TestDatabase, connectionsMax: Int, waitersMax: Int = 1024,
        acquireTimeout: Duration = .seconds(20), queryTimeout: Duration = .seconds(40),
        proxyPort: UInt16? = nil, backoff: Backoff = Backoff(),
        _ body: (PostgresPool) async throws -> Void
    ) async throws {
        var configuration = try database.configuration(proxyPort: proxyPort)
        configuration.queryTimeout = queryTimeout
        let pool = PostgresPool(
            configuration: configuration, connectionsMax: connectionsMax, waitersMax: waitersMax,
            acquireTimeout: acquireTimeout, logger: .silent, backoff: backoff, jitter: { 0.5 })
        try await body(pool)
        await pool.close()
    }

    @Test("Never more connections than allowed, however many ask")
    func connectionsMax() async throws {
        try await TestDatabase.with { database in
            let observer = try await database.connect()
            try await withPool(database, connectionsMax: 3) { pool in
                try await withThrowingTaskGroup(of: Int.self) { group in
                    for number in 1...60 {
                        group.addTask {
                            try await pool.pipeline(Sleep(seconds: 0.005), Echo(value: number)).1[0]
                        }
                    }
                    var answers: Set<Int> = []
                    var seenMax = 0
                    for try await answer in group {
                        answers.insert(answer)
                        seenMax = max(seenMax, try await observer.execute(CountSessions())[0])
                    }
                    #expect(answers == Set(1...60))
                    #expect((1...3).contains(seenMax))
                }
                #expect(pool.occupancy.idle == 3)
                #expect(pool.occupancy.leased == 0)
            }
            #expect(try await eventually { try await observer.execute(CountSessions()) == [0] })
            await observer.close()
        }
    }

    @Test("Those who wait are served in the order in which they came")
    func firstComeFirstServed() async throws {
        try await TestDatabase.with { database in
            try await withPool(database, connectionsMax: 1) { pool in
                let served = Record()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    try await pool.withConnection { _ in
                        for number in 1...10 {
                            group.addTask {
                                try await pool.withConnection { _ in served.append(number) }
                            }
                            // Each stands in line before the next one comes.
                            let isInLine = try await eventually {
                                pool.occupancy.waiting == number
                            }
                            #expect(isInLine)
                        }
                        #expect(served.numbers.isEmpty)
                    }
                    try await group.waitForAll()
                }
                #expect(served.numbers == Array(1...10))
            }
        }
    }

    @Test("Whoever waits too long, or finds the line too long, is turned away")
    func exhausted() async throws {
        try await TestDatabase.with { database in
            try await withPool(
                database, connectionsMax: 1, waitersMax: 1, acquireTimeout: .seconds(2)
            ) { pool in
                try await pool.warmUp()
                try await pool.withConnection { _ in
                    let start = ContinuousClock.now
                    async let late = postgresError { try await pool.execute(Echo(value: 1)) }
                    #expect(try await eventually { pool.occupancy.waiting == 1 })
                    let turnedAway = try await postgresError {
                        try await pool.execute(Echo(value: 2))
                    }
                    #expect(turnedAway.code == .poolExhausted)
                    #expect(turnedAway.isSafeToRetry)
                    let error = try await late
                    #expect(error.code == .poolExhausted)
                    #expect(error.isSafeToRetry)
                    #expect(start.duration(to: .now) >= .seconds(2))
                    #expect(start.duration(to: .now) < .seconds(8))
                    #expect(pool.occupancy.waiting == 0)
                }
                #expect(try await pool.execute(Echo(value: 3)) == [3])
            }
        }
    }

    @Test("A cancelled task leaves the line at once")
    func cancelledInLine() async throws {
        try await TestDatabase.with { database in
            try await withPool(database, connectionsMax: 1, acquireTimeout: .seconds(60)) { pool in
                try await pool.withConnection { _ in
                    let start = ContinuousClock.now
                    let error = try await withThrowingTaskGroup(of: PostgresError.self) { group in
                        group.addTask {
                            try await postgresError { try await pool.execute(Echo(value: 1)) }
                        }
                        #expect(try await eventually { pool.occupancy.waiting == 1 })
                        group.cancelAll()
                        return try await group.next()
                    }
                    #expect(error?.code == .cancelled)
                    #expect(pool.occupancy.waiting == 0)
                    #expect(start.duration(to: .now) < .seconds(10))
                }
            }
        }
    }

    @Test("A cancelled task can still clean up over an idle connection")
    func cancelledCleanUp() async throws {
        try await TestDatabase.with { database in
            try await withPool(database, connectionsMax: 1) { pool in
                try await pool.execute(Echo(value: 1))
                let answer = try await withThrowingTaskGroup(of: [Int].self) { group in
                    group.cancelAll()
                    group.addTask { try await pool.execute(Echo(value: 2)) }
                    return try await group.next()
                }
                #expect(answer == [2])
            }
        }
    }

    @Test("A connection killed at work or at rest is replaced")
    func recoversFromKills() async throws {
        try await TestDatabase.with { database in
            let killer = try await database.connect()
            try await withPool(database, connectionsMax: 1) { pool in
                async let lost = postgresError { try await pool.execute(Sleep(seconds: 60)) }
                #expect(
                    try await eventually {
                        let pids = try await killer.execute(SessionsRunning(text: "pg_sleep"))
                        for pid in pids { try await killer.execute(Terminate(pid: pid)) }
                        return !pids.isEmpty
                    })
                #expect(try await lost.code == .connectionLost)
                let first = try await pool.execute(ProcessID())[0]
                try await killer.execute(Terminate(pid: first))
                #expect(try await eventually { pool.occupancy.idle == 0 })
                #expect(try await pool.execute(ProcessID()) != [first])
                #expect(pool.occupancy.idle == 1)
            }
            await killer.close()
        }
    }

    @Test("A connection given back inside a transaction, or listening, is not handed out again")
    func unfinishedBusiness() async throws {
        try await TestDatabase.with { database in
            try await withPool(database, connectionsMax: 1) { pool in
                let first = try await pool.withConnection { connection in
                    try await connection.run(script: "BEGIN")
                    return try await connection.execute(ProcessID())
                }
                // Kept, so that the listening goes on after the connection is given back.
                let (second, notifications) = try await pool.withConnection { connection in
                    let notifications = try await connection.notifications(on: "a")
                    return (try await connection.execute(ProcessID()), notifications)
                }
                let third = try await pool.execute(ProcessID())
                #expect(Set(first + second + third).count == 3)
                for await _ in notifications { Issue.record("nobody said anything") }
            }
        }
    }

    @Test("While the server is down callers fail at once, without an attempt each")
    func down() async throws {
        try await TestDatabase.with { database in
            try await BreakableProxy.with(database) { proxy in
                try await withPool(
                    database, connectionsMax: 4, proxyPort: proxy.port,
                    backoff: Backoff(first: .seconds(60), delayMax: .seconds(60))
                ) { pool in
                    try await pool.execute(Echo(value: 1))
                    proxy.behaviour = .cut
                    #expect(try await eventually { pool.occupancy.idle == 0 })
                    #expect(proxy.acceptedCount == 1)
                    for _ in 0..<20 {
                        let error = try await postgresError {
                            try await pool.execute(Echo(value: 2))
                        }
                        #expect(error.code == .connectionFailed)
                        #expect(error.isSafeToRetry)
                    }
                    #expect(proxy.acceptedCount == 2)
                }
            }
        }
    }

    @Test("When the server is back the pool works again")
    func downAndUp() async throws {
        try await TestDatabase.with { database in
            try await BreakableProxy.with(database) { proxy in
                proxy.behaviour = .cut
                try await withPool(database, connectionsMax: 4, proxyPort: proxy.port) { pool in
                    // Several failures in a row, each attempt after a pause.
                    let isTriedAgain = try await eventually {
                        let error = try await postgresError {
                            try await pool.execute(Echo(value: 1))
                        }
                        return error.code == .connectionFailed && proxy.acceptedCount == 3
                    }
                    #expect(isTriedAgain)
                    proxy.behaviour = .pass
                    let isBack = try await eventually {
                        (try? await pool.execute(Echo(value: 2))) == [2]
                    }
                    #expect(isBack)
                    #expect(try await pool.execute(Echo(value: 3)) == [3])
                }
            }
        }
    }

    @Test("A pool works before it runs; a cancelled run closes it")
    func run() async throws {
        try await TestDatabase.with { database in
            let observer = try await database.connect()
            let pool = PostgresPool(
                configuration: try database.configuration(), connectionsMax: 2, logger: .silent)
            #expect(try await pool.execute(Echo(value: 1)) == [1])
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await pool.run() }
                #expect(try await pool.execute(Echo(value: 2)) == [2])
                group.cancelAll()
                try await group.waitForAll()
            }
            let error = try await postgresError { try await pool.execute(Echo(value: 3)) }
            #expect(error.code == .closed)
            #expect(try await eventually { try await observer.execute(CountSessions()) == [0] })
            try await pool.run()
            await observer.close()
        }
    }

    @Test("Closing lets calls in flight finish, and ends those that do not")
    func closing() async throws {
        try await TestDatabase.with { database in
            let observer = try await database.connect()
            let pool = PostgresPool(
                configuration: try database.configuration(), connectionsMax: 2, logger: .silent)
            try await observer.execute(HoldLock())
            async let answer = pool.pipeline(WaitForLock(), Echo(value: 1))
            #expect(
                try await eventually {
                    try await !observer.execute(SessionsRunning(text: "advisory_lock")).isEmpty
                })
            async let closing: Void = pool.close()
            #expect(try await eventually { pool.room.withLock { $0.state.isClosed } })
            try await observer.execute(ReleaseLock())
            #expect(try await answer.1 == [1])
            await closing

            try await withPool(database, connectionsMax: 1, queryTimeout: .milliseconds(200)) {
                pool in
                try await pool.withConnection { connection in
                    await pool.close()
                    #expect(!connection.isOpen)
                }
            }
            await observer.close()
        }
    }

    @Test("Transactions and pipelines of a pool work like those of a connection")
    func transactions() async throws {
        try await TestDatabase.with { database in
            try await withPool(database, connectionsMax: 2) { pool in
                try await pool.withConnection { try await $0.run(script: createItems) }
                try await pool.withTransaction { transaction in
                    try await transaction.execute(InsertItem(id: 1))
                }
                let error = try await postgresError {
                    try await pool.pipeline(InsertItem(id: 2), InsertItem(id: 1))
                }
                #expect(error.statementIndex == 1)
                #expect(try await pool.execute(ListItems()) == [1])
                #expect(pool.occupancy.leased == 0)
            }
        }
    }
}

/// Numbers in the order in which tasks wrote them down.
private final class Record: Sendable {
    private let state = Mutex<[Int]>([])

    var numbers: [Int] { state.withLock { $0 } }

    func append(_ number: Int) { state.withLock { $0.append(number) } }
}

extension PostgresPool {
    /// Opens a connection, which may take longer than a caller is ready to wait.
    fileprivate func warmUp() async throws {
        let isWarm = try await eventually {
            do {
                try await execute(Echo(value: 0))
            } catch let error as PostgresError where error.code == .poolExhausted {}
            return occupancy.idle > 0
        }
        #expect(isWarm)
    }
}
