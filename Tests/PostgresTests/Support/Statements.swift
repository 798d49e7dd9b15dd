import Postgres

/// Sends a value to the server and takes it back.
struct Echo<Value: PostgresEncodable & PostgresDecodable & Sendable>: PostgresStatement {
    static var sql: String { "SELECT $1" }

    var value: Value

    func bind(to parameters: inout PostgresParameters) { parameters.append(value) }

    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> Value { try row.next() }
}

/// The table most tests write to.
let createItems = """
    CREATE TABLE item (
        id bigint CONSTRAINT item_pkey PRIMARY KEY,
        quantity int NOT NULL CONSTRAINT item_quantity_check CHECK (quantity BETWEEN 0 AND 100)
    )
    """

struct InsertItem: PostgresStatement {
    typealias Row = Void

    static let sql = "INSERT INTO item (id, quantity) VALUES ($1, $2)"

    var id: Int
    var quantity: Int32 = 1

    func bind(to parameters: inout PostgresParameters) {
        parameters.append(id)
        parameters.append(quantity)
    }
}

struct CountItems: PostgresStatement {
    static let sql = "SELECT count(*) FROM item"

    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> Int { try row.next() }
}

struct ListItems: PostgresStatement {
    static let sql = "SELECT id FROM item ORDER BY id"

    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> Int { try row.next() }
}

struct Sleep: PostgresStatement {
    typealias Row = Void

    static let sql = "SELECT pg_sleep($1)"

    var seconds: Double

    func bind(to parameters: inout PostgresParameters) { parameters.append(seconds) }
}

/// Waits for a lock that the test holds in another session, for as long as the test wants.
struct WaitForLock: PostgresStatement {
    typealias Row = Void

    static let sql = "SELECT pg_advisory_lock(1), pg_advisory_unlock(1)"
}

struct HoldLock: PostgresStatement {
    typealias Row = Void

    static let sql = "SELECT pg_advisory_lock(1)"
}

struct ReleaseLock: PostgresStatement {
    typealias Row = Void

    static let sql = "SELECT pg_advisory_unlock(1)"
}

struct ProcessID: PostgresStatement {
    static let sql = "SELECT pg_backend_pid()"

    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> Int { try row.next() }
}

/// The sessions of this database that run a statement with this text in it.
struct SessionsRunning: PostgresStatement {
    static let sql = """
        SELECT pid FROM pg_stat_activity
        WHERE datname = current_database() AND state = 'active' AND pid <> pg_backend_pid()
            AND query LIKE '%' || $1 || '%'
        """

    var text: String

    func bind(to parameters: inout PostgresParameters) { parameters.append(text) }

    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> Int { try row.next() }
}

struct Terminate: PostgresStatement {
    static let sql = "SELECT pg_terminate_backend($1::int)"

    var pid: Int

    func bind(to parameters: inout PostgresParameters) { parameters.append(pid) }

    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> Bool { try row.next() }
}

/// How many sessions of this application the database has, this one not counted.
struct CountSessions: PostgresStatement {
    static let sql = """
        SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()
            AND application_name = 'postgres-tests'
        """

    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> Int { try row.next() }
}
