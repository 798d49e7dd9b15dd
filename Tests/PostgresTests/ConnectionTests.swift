import Testing

@testable import Postgres

private struct SelectAll: PostgresStatement {
    static let sql = "SELECT * FROM item ORDER BY id"

    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> Int { try row.next() }
}

private struct Misspelt: PostgresStatement {
    typealias Row = Void

    static let sql = "SELEKT 1"
}

private struct PreparedNames: PostgresStatement {
    static let sql = "SELECT statement FROM pg_prepared_statements ORDER BY statement"

    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> String { try row.next() }
}

private struct Setting: PostgresStatement {
    static let sql = "SELECT current_setting($1)"

    var name: String

    func bind(to parameters: inout PostgresParameters) { parameters.append(name) }

    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> String { try row.next() }
}

@Suite("A connection", .timeLimit(.minutes(1)))
struct ConnectionTests {
    @Test("The session has the name and the settings it was configured with")
    func settingsArrive() async throws {
        try await TestDatabase.with { database in
            var configuration = try database.configuration()
            configuration.sessionSettings = [
                "lock_timeout": "1234ms", "search_path": "\"a b\", \"c\\d\"",
                "my.own_value": "it's ä",
            ]
            let connection = try await PostgresConnection.connect(configuration, logger: .silent)
            for (name, value) in [
                ("lock_timeout", "1234ms"), ("search_path", "\"a b\", \"c\\d\""),
                ("my.own_value", "it's ä"), ("application_name", "postgres-tests"),
                ("client_encoding", "UTF8"),
            ] {
                #expect(try await connection.execute(Setting(name: name)) == [value])
            }
            await connection.close()
        }
    }

    @Test("A statement is prepared once, for each kind of parameters")
    func preparedOnce() async throws {
        try await TestDatabase.withConnection { connection in
            for number in 1...3 {
                #expect(try await connection.execute(Echo(value: number)) == [number])
                #expect(try await connection.execute(Echo(value: "\(number)")) == ["\(number)"])
            }
            let (first, second) = try await connection.pipeline(Echo(value: 1), Echo(value: 2))
            #expect(first + second == [1, 2])
            let names = try await connection.execute(PreparedNames())
            #expect(names.filter { $0 == "SELECT $1" }.count == 2)
        }
    }

    @Test("Ten thousand rows go in as arrays in one statement")
    func bulkInsert() async throws {
        struct InsertMany: PostgresStatement {
            static let sql = """
                INSERT INTO ticket (id, owner, seat, note, sold_at)
                SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::int[], $4::text[], $5::timestamptz[])
                RETURNING seat
                """

            let range = 0..<10_000

            func bind(to parameters: inout PostgresParameters) {
                parameters.append(range.map { PostgresUUID(high: 7, low: UInt64($0)) })
                parameters.append(range.map { $0 * 1_000_000_007 })
                parameters.append(range.map { Int32($0) })
                parameters.append(range.map { $0.isMultiple(of: 2) ? "note \($0)" : nil })
                parameters.append(
                    range.map {
                        PostgresTimestamp(microsecondsSinceUnixEpoch: Int64($0) * 1_000_001)
                    })
            }

            static func decode(_ row: inout PostgresRow) throws(PostgresError) -> Int32 {
                try row.next()
            }
        }
        struct ListTickets: PostgresStatement {
            static let sql = "SELECT id, owner, note, sold_at, seat FROM ticket ORDER BY seat"

            static func decode(
                _ row: inout PostgresRow
            ) throws(PostgresError) -> (PostgresUUID, Int, String?, PostgresTimestamp, Int) {
                (try row.next(), try row.next(), try row.next(), try row.next(), try row.next())
            }
        }
        try await TestDatabase.withConnection { connection in
            try await connection.run(
                script: """
                    CREATE TABLE ticket
                        (id uuid PRIMARY KEY, owner bigint, seat int, note text, sold_at timestamptz)
                    """)
            let (inserted, read) = try await connection.pipeline(InsertMany(), ListTickets())
            #expect(inserted.sorted() == Array(0..<10_000))
            #expect(read.count == 10_000)
            for (index, row) in read.enumerated() {
                let isRight =
                    row.0 == PostgresUUID(high: 7, low: UInt64(index))
                    && row.1 == index * 1_000_000_007
                    && row.2 == (index.isMultiple(of: 2) ? "note \(index)" : nil)
                    && row.3.microsecondsSinceUnixEpoch == Int64(index) * 1_000_001
                    && row.4 == index
                try #require(isRight, "row \(index) is \(row)")
            }
        }
    }

    @Test("Answers and questions larger than every buffer pass each other")
    func largeValues() async throws {
        try await TestDatabase.withConnection { connection in
            let large = PostgresBytes((0..<5_000_000).map { UInt8(truncatingIfNeeded: $0) })
            let echo = Echo(value: large)
            let answers = try await connection.pipeline(echo, echo, echo, echo)
            #expect(answers.0 == [large])
            #expect(answers.3 == [large])
        }
    }

    @Test("After a change of the table a prepared statement works again, and leaves nothing behind")
    func stalePlan() async throws {
        try await TestDatabase.withConnection { connection in
            try await connection.run(script: createItems)
            try await connection.pipeline(InsertItem(id: 1), SelectAll())
            try await connection.run(script: "ALTER TABLE item ADD COLUMN a int")
            let (_, rows) = try await connection.pipeline(InsertItem(id: 2), SelectAll())
            #expect(rows == [1, 2])
            #expect(try await connection.execute(CountItems()) == [2])

            try await connection.run(script: "ALTER TABLE item ADD COLUMN b int")
            let error = try await postgresError {
                try await connection.withTransaction { transaction in
                    try await transaction.execute(InsertItem(id: 3))
                    return try await transaction.execute(SelectAll())
                }
            }
            #expect(error.sqlState == .featureNotSupported)
            #expect(error.isSafeToRetry)
            #expect(try await connection.execute(SelectAll()) == [1, 2])
            let names = try await connection.execute(PreparedNames())
            #expect(names.filter { $0 == SelectAll.sql }.count == 1)
        }
    }

    @Test("Statements deallocated behind the client's back are prepared again")
    func discardedStatements() async throws {
        try await TestDatabase.withConnection { connection in
            try await connection.run(script: createItems)
            try await connection.pipeline(InsertItem(id: 1), SelectAll())
            try await connection.run(script: "DISCARD ALL")
            try await connection.pipeline(InsertItem(id: 2), SelectAll())
            #expect(try await connection.execute(SelectAll()) == [1, 2])
        }
    }

    @Test("A statement that cannot be prepared spoils nothing")
    func failedPrepare() async throws {
        try await TestDatabase.withConnection { connection in
            try await connection.run(script: createItems)
            for _ in 0..<2 {
                let error = try await postgresError {
                    try await connection.pipeline(
                        InsertItem(id: 1), Misspelt(), CountItems())
                }
                #expect(error.code == .server)
                #expect(error.sqlState == .syntaxError)
                #expect(error.statementIndex == 1)
                #expect(error.isSafeToRetry)
            }
            try await connection.pipeline(InsertItem(id: 2), CountItems())
            #expect(try await connection.execute(ListItems()) == [2])
        }
    }

    @Test("A script runs all its statements, or none")
    func scripts() async throws {
        try await TestDatabase.withConnection { connection in
            try await connection.run(script: createItems + "; INSERT INTO item VALUES (1, 1);")
            let error = try await postgresError {
                try await connection.run(
                    script: "INSERT INTO item VALUES (2, 1); INSERT INTO item VALUES (3, 1000)")
            }
            #expect(error.constraint == "item_quantity_check")
            #expect(!error.isSafeToRetry)
            try await connection.run(script: "")
            #expect(try await connection.execute(ListItems()) == [1])
            let refused = try await postgresError {
                try await connection.run(script: "SELECT 1\u{0}; DROP TABLE item")
            }
            #expect(refused.code == .invalidStatement)
        }
    }

    @Test("COPY is refused, and the connection given up", arguments: ["TO STDOUT", "FROM STDIN"])
    func copyIsRefused(direction: String) async throws {
        try await TestDatabase.withConnection { connection in
            try await connection.run(script: createItems)
            let error = try await postgresError {
                try await connection.run(script: "COPY item \(direction)")
            }
            #expect(error.code == .invalidStatement)
            #expect(!connection.isOpen)
        }
    }

    @Test("A statement with too many parameters is refused before it is sent")
    func tooManyParameters() async throws {
        struct Wide: PostgresStatement {
            typealias Row = Void

            static let sql = "SELECT 1"

            func bind(to parameters: inout PostgresParameters) {
                for number in 0...PostgresParameters.countMax { parameters.append(number) }
            }
        }
        try await TestDatabase.withConnection { connection in
            let error = try await postgresError { try await connection.execute(Wide()) }
            #expect(error.code == .invalidStatement)
            #expect(error.isSafeToRetry)
            #expect(connection.isOpen)
        }
    }

    @Test("Many tasks share one connection, and each gets its own answer")
    func sharing() async throws {
        try await TestDatabase.withConnection { connection in
            let sum = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 1...200 {
                    group.addTask {
                        let answer = try await connection.execute(Echo(value: number))
                        return answer == [number] ? number : 0
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(sum == 200 * 201 / 2)
        }
    }

    @Test("Whoever calls a closed connection is told so")
    func closed() async throws {
        try await TestDatabase.withConnection { connection in
            await connection.close()
            await connection.close()
            let error = try await postgresError { try await connection.execute(CountItems()) }
            #expect(error.code == .closed)
            #expect(error.isSafeToRetry)
        }
    }

    @Test("A connection that is let go of closes itself")
    func letGo() async throws {
        try await TestDatabase.with { database in
            let observer = try await database.connect()
            var connection: PostgresConnection? = try await database.connect()
            try await connection?.execute(Echo(value: 1))
            #expect(try await observer.execute(CountSessions()) == [1])
            connection = nil
            #expect(try await eventually { try await observer.execute(CountSessions()) == [0] })
            await observer.close()
        }
    }
}
