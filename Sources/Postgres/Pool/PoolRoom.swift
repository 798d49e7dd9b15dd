/// A connection of a pool, while somebody uses it.
struct PoolLease: Sendable {
    let id: PoolState.ConnectionID
    let connection: PostgresConnection
}

/// The pool's state together with the things its numbers stand for.
struct PoolRoom: Sendable {
    typealias Waiter = CheckedContinuation<Result<PoolLease, PostgresError>, Never>

    /// What is left to do after the lock is released.
    enum Effect: Sendable {
        case resume(Waiter, Result<PoolLease, PostgresError>)
        case open(PoolState.ConnectionID)
        case close(PostgresConnection)
        case drained(CheckedContinuation<Void, Never>)
    }

    var state: PoolState
    var connections: [PoolState.ConnectionID: PostgresConnection] = [:]
    var openings: [PoolState.ConnectionID: PostgresConnection.Opening] = [:]
    var told = ToldFailures()
    var waiters: [PoolState.WaiterID: Waiter] = [:]
    /// Who waits until the pool is closed, and who until its last connection is gone.
    var runners: [CheckedContinuation<Void, Never>] = []
    var drainers: [CheckedContinuation<Void, Never>] = []
    private var lastWaiterID: PoolState.WaiterID = 0

    init(state: PoolState) {
        self.state = state
    }

    mutating func nextWaiterID() -> PoolState.WaiterID {
        lastWaiterID += 1
        return lastWaiterID
    }

    /// Takes an idle connection that still works; those that do not are to be closed.
    mutating func lease(at now: PoolState.Instant) -> (PoolLease?, [Effect]) {
        var effects: [Effect] = []
        while let id = state.lease() {
            if let connection = connections[id], connection.mailbox.isReusable {
                return (PoolLease(id: id, connection: connection), effects)
            }
            effects += self.effects(of: state.returned(id, isReusable: false, at: now))
        }
        return (nil, effects)
    }

    /// Puts the real things in the place of the numbers.
    mutating func effects(of actions: [PoolState.Action]) -> [Effect] {
        var effects = actions.compactMap { action -> Effect? in
            switch action {
            case .serve(let waiter, let id):
                guard let connection = connections[id] else { return nil }
                let lease = PoolLease(id: id, connection: connection)
                return waiters.removeValue(forKey: waiter).map { .resume($0, .success(lease)) }
            case .fail(let waiter, let error):
                return waiters.removeValue(forKey: waiter).map { .resume($0, .failure(error)) }
            case .open(let id):
                return .open(id)
            case .close(let id):
                return connections[id].map { .close($0) }
            }
        }
        if state.isDrained {
            effects += drainers.map { .drained($0) }
            drainers = []
        }
        return effects
    }
}
