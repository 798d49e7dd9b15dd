/// Who has which connection of a pool, and who waits for one.
///
/// A value that decides: the pool tells it what happened and performs the actions it returns.
/// Connections and waiters are numbers here. A connection is in one of four places:
/// - `opening`, moves to `idle` or `leased`, or goes away when the attempt fails;
/// - `idle`, moves to `leased` or `closing`, or goes away when it breaks;
/// - `leased`, moves to `idle`, to another waiter, or to `closing`, or goes away when it breaks;
/// - `closing`, goes away.
struct PoolState: Sendable {
    typealias ConnectionID = UInt64
    typealias WaiterID = UInt64
    typealias Instant = ContinuousClock.Instant

    enum Action: Hashable, Sendable {
        case serve(WaiterID, ConnectionID)
        case fail(WaiterID, PostgresError)
        case open(ConnectionID)
        case close(ConnectionID)
    }

    let connectionsMax: Int
    let waitersMax: Int

    private(set) var opening: Set<ConnectionID> = []
    /// The one used last comes first, so that a pool that is too big leaves the rest alone.
    private(set) var idle: [ConnectionID] = []
    private(set) var leased: Set<ConnectionID> = []
    private(set) var closing: Set<ConnectionID> = []
    private(set) var waiters: [WaiterID] = []
    private(set) var isClosed = false

    /// Attempts to connect that failed since the last success, and when the next may begin.
    private(set) var failures = 0
    private var retryAt: Instant?
    private var lastFailure: PostgresError?
    private var lastID: ConnectionID = 0

    init(connectionsMax: Int, waitersMax: Int) {
        self.connectionsMax = max(1, connectionsMax)
        self.waitersMax = max(0, waitersMax)
    }

    var total: Int { opening.count + idle.count + leased.count + closing.count }
    var isDrained: Bool { isClosed && total == 0 }

    /// Takes an idle connection, if there is one.
    mutating func lease() -> ConnectionID? {
        guard !isClosed, let id = idle.popLast() else { return nil }
        leased.insert(id)
        return id
    }

    /// Somebody gets into the line, because no connection is idle.
    mutating func join(_ waiter: WaiterID, at now: Instant) -> [Action] {
        guard !isClosed else { return [.fail(waiter, .closed("the pool"))] }
        if let retryAt, let lastFailure, now < retryAt, leased.isEmpty, opening.isEmpty {
            return [.fail(waiter, lastFailure)]
        }
        guard waiters.count < waitersMax else {
            return [.fail(waiter, .poolExhausted("\(waitersMax) callers wait already"))]
        }
        waiters.append(waiter)
        return openings(at: now)
    }

    /// Somebody has waited long enough.
    mutating func expire(_ waiter: WaiterID) -> [Action] {
        guard remove(waiter) else { return [] }
        let isServerDown = leased.isEmpty && failures > 0
        let error = isServerDown ? lastFailure : nil
        return [.fail(waiter, error ?? .poolExhausted("no connection became free in time"))]
    }

    /// Somebody no longer wants to wait.
    mutating func cancel(_ waiter: WaiterID) -> [Action] {
        remove(waiter) ? [.fail(waiter, .cancelled)] : []
    }

    private mutating func remove(_ waiter: WaiterID) -> Bool {
        guard let index = waiters.firstIndex(of: waiter) else { return false }
        waiters.remove(at: index)
        return true
    }
}

// What happens to connections.
extension PoolState {
    /// A connection is open.
    mutating func opened(_ id: ConnectionID, at now: Instant) -> [Action] {
        guard opening.remove(id) != nil else { return [] }
        failures = 0
        retryAt = nil
        lastFailure = nil
        return place(id) + openings(at: now)
    }

    /// A connection could not be opened; the next attempt may begin after `delay`.
    mutating func openingFailed(
        _ id: ConnectionID, with error: PostgresError, at now: Instant, delay: (Int) -> Duration
    ) -> [Action] {
        guard opening.remove(id) != nil else { return [] }
        // Several attempts that began together fail together, and count as one.
        if retryAt.map({ $0 <= now }) ?? true {
            failures += 1
            retryAt = now + delay(failures)
        }
        lastFailure = error
        return failHopeless()
    }

    /// A connection was given back.
    mutating func returned(
        _ id: ConnectionID, isReusable: Bool, at now: Instant
    ) -> [Action] {
        guard leased.remove(id) != nil else { return [] }
        if isReusable { return place(id) }
        closing.insert(id)
        return [.close(id)]
    }

    /// A connection is gone, from wherever it was; whoever has it learns so by its next call.
    mutating func ended(_ id: ConnectionID, at now: Instant) -> [Action] {
        idle.removeAll { $0 == id }
        leased.remove(id)
        closing.remove(id)
        return openings(at: now) + failHopeless()
    }

    /// Nobody gets a connection any more.
    mutating func close() -> [Action] {
        guard !isClosed else { return [] }
        isClosed = true
        let actions = waiters.map { Action.fail($0, .closed("the pool")) } + idle.map { .close($0) }
        closing.formUnion(idle)
        (waiters, idle) = ([], [])
        return actions
    }

    /// Sends everybody away if nothing is under way that they could wait for.
    private mutating func failHopeless() -> [Action] {
        guard let lastFailure, leased.isEmpty, opening.isEmpty, closing.isEmpty else { return [] }
        defer { waiters = [] }
        return waiters.map { .fail($0, lastFailure) }
    }

    /// Gives a connection to whoever waits longest, or lays it by.
    private mutating func place(_ id: ConnectionID) -> [Action] {
        guard !isClosed else {
            closing.insert(id)
            return [.close(id)]
        }
        guard !waiters.isEmpty else {
            idle.append(id)
            return []
        }
        leased.insert(id)
        return [.serve(waiters.removeFirst(), id)]
    }

    /// Opens as many connections as there are waiters without one under way, within the limits; just
    /// one to try whether the server is back.
    private mutating func openings(at now: Instant) -> [Action] {
        guard !isClosed, retryAt.map({ $0 <= now }) ?? true else { return [] }
        let attemptsMax = failures > 0 ? 1 : connectionsMax
        var actions: [Action] = []
        while opening.count < min(waiters.count, attemptsMax), total < connectionsMax {
            lastID += 1
            opening.insert(lastID)
            actions.append(.open(lastID))
        }
        return actions
    }
}

extension PostgresError {
    fileprivate static func poolExhausted(_ message: String) -> PostgresError {
        PostgresError(code: .poolExhausted, message: message, isSafeToRetry: true)
    }
}
