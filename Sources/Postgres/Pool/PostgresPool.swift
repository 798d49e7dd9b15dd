public import Logging
internal import Synchronization

/// Connections to one Postgres server, opened on demand and shared by many callers.
///
/// ## The module in short
///
/// A small asynchronous client over libpq. What is asked of the server is a type:
///
/// ```swift
/// struct Reserve: PostgresStatement {
///     static let sql = """
///         UPDATE ticket_type SET available = available - $2 WHERE id = $1 RETURNING available
///         """
///     var id: PostgresUUID
///     var quantity: Int
///
///     func bind(to parameters: inout PostgresParameters) {
///         parameters.append(id)
///         parameters.append(quantity)
///     }
///
///     static func decode(_ row: inout PostgresRow) throws(PostgresError) -> Int {
///         try row.next()
///     }
/// }
///
/// var configuration = try PostgresConfiguration(
///     connectionString: "postgresql://shop@db1,db2/shop?target_session_attrs=read-write",
///     applicationName: "shop")
/// configuration.sessionSettings = ["lock_timeout": "1s"]
/// let pool = PostgresPool(configuration: configuration, connectionsMax: 8, logger: logger)
///
/// let left = try await pool.execute(Reserve(id: id, quantity: 2)).first
/// let (_, rows) = try await pool.pipeline(Reserve(id: id, quantity: 2), ListOrders(of: id))
/// try await pool.withTransaction { transaction in
///     try await transaction.execute(Reserve(id: id, quantity: 2))
/// }
/// ```
///
/// - **Values** travel in Postgres' binary format. Types of your own become values by
///   ``PostgresRepresentable``; arrays of all of them make `unnest($1::uuid[], …)` the way to write
///   many rows at once.
/// - **``pipeline(_:)``** sends several statements, and whatever has to be prepared for them, in one
///   flush with one synchronization point: one round trip, and one transaction without a `BEGIN`.
/// - **Errors** are ``PostgresError``: a closed code, the server's condition, and whether it is safe to
///   ask again. An answer that was lost after the question had left is never called safe, unless a
///   transaction that was not yet committed stands around it.
/// - **Time** is limited everywhere: opening a connection, waiting for one, waiting for an answer.
/// - **Threads**: each ``PostgresConnection`` has one of its own, which alone touches libpq and waits in
///   `poll`; no thread of Swift's pool ever blocks.
/// - **Notifications** (`LISTEN`) come as a sequence from a connection of your own:
///   ``PostgresConnection/notifications(on:)``.
/// - **Migrations** are applied by ``PostgresMigrator``.
///
/// Not here: `COPY`, cursors (a result is held whole, so `LIMIT` it), and cancelling a statement that
/// runs (set `statement_timeout`, or `client_connection_check_interval` to have the server notice a
/// client that gave up).
///
/// ## The pool
///
/// Callers wait in line, first come first served, for at most `acquireTimeout`. A connection that
/// broke, or was given back inside a transaction, is thrown away and replaced. When connecting fails,
/// attempts are spaced out, and callers meanwhile fail at once with
/// ``PostgresError/Code/connectionFailed`` instead of waiting for a server that is down.
///
/// A caller that finds a connection idle gets it even in a cancelled task, so that cleaning up works
/// during a shutdown; only waiting in line ends with the cancellation.
///
/// The pool works as soon as it is made. ``run()`` ties its connections to the lifetime of a task;
/// without it, ``close()`` ends them.
public final class PostgresPool: Sendable {
    /// How many callers may wait in line, unless said otherwise.
    public static let waitersMaxDefault = 1024

    /// How many connections there are, and how many callers wait.
    public struct Occupancy: Hashable, Sendable {
        /// Connections being opened.
        public let opening: Int
        /// Connections nobody uses.
        public let idle: Int
        /// Connections in use.
        public let leased: Int
        /// Callers in line.
        public let waiting: Int
    }

    let configuration: PostgresConfiguration
    let acquireTimeout: Duration
    let logger: Logger
    let backoff: Backoff
    /// Draws a number between 0 and 1.
    let jitter: @Sendable () -> Double
    let room: Mutex<PoolRoom>

    /// Sets up a pool; it connects when it is used.
    /// - Parameters:
    ///   - configuration: Where to connect, and the time limits of each connection.
    ///   - connectionsMax: How many connections there may be at a time.
    ///   - waitersMax: How many callers may wait in line for one.
    ///   - acquireTimeout: How long each of them waits at most.
    ///   - logger: Where connections and their ends are logged.
    public convenience init(
        configuration: PostgresConfiguration,
        connectionsMax: Int,
        waitersMax: Int = PostgresPool.waitersMaxDefault,
        acquireTimeout: Duration = .seconds(1),
        logger: Logger
    ) {
        self.init(
            configuration: configuration, connectionsMax: connectionsMax, waitersMax: waitersMax,
            acquireTimeout: acquireTimeout, logger: logger, backoff: Backoff(),
            jitter: { Double.random(in: 0..<1) })
    }

    init(
        configuration: PostgresConfiguration, connectionsMax: Int, waitersMax: Int,
        acquireTimeout: Duration, logger: Logger, backoff: Backoff,
        jitter: @escaping @Sendable () -> Double
    ) {
        self.configuration = configuration
        self.acquireTimeout = acquireTimeout
        self.logger = logger
        self.backoff = backoff
        self.jitter = jitter
        self.room = Mutex(
            PoolRoom(state: PoolState(connectionsMax: connectionsMax, waitersMax: waitersMax)))
    }

    /// What the pool holds right now.
    public var occupancy: Occupancy {
        room.withLock { room in
            Occupancy(
                opening: room.state.opening.count, idle: room.state.idle.count,
                leased: room.state.leased.count, waiting: room.state.waiters.count)
        }
    }

    /// Runs one statement on a connection of the pool and returns its rows.
    @discardableResult
    public func execute<S: PostgresStatement>(
        _ statement: S
    ) async throws(PostgresError) -> [S.Row] {
        let lease = try await acquire()
        defer { release(lease) }
        return try await lease.connection.execute(statement)
    }

    /// Runs several statements in one round trip and one transaction; see
    /// ``PostgresConnection/pipeline(_:)``.
    @discardableResult
    public func pipeline<each S: PostgresStatement>(
        _ statement: repeat each S
    ) async throws(PostgresError) -> (repeat [(each S).Row]) {
        let lease = try await acquire()
        defer { release(lease) }
        return try await lease.connection.pipeline(repeat each statement)
    }

    /// Runs `body` in a transaction; see ``PostgresConnection/withTransaction(_:)``.
    @discardableResult
    public func withTransaction<R: Sendable>(
        _ body: (PostgresTransaction) async throws -> R
    ) async throws -> R {
        let lease = try await acquire()
        defer { release(lease) }
        return try await lease.connection.withTransaction(body)
    }

    /// Lends a connection to `body`, which must not keep it.
    @discardableResult
    public func withConnection<R: Sendable>(
        _ body: (PostgresConnection) async throws -> R
    ) async throws -> R {
        let lease = try await acquire()
        defer { release(lease) }
        return try await body(lease.connection)
    }
}
