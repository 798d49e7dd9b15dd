internal import Logging
internal import Synchronization

// Getting a connection and giving it back.
extension PostgresPool {
    /// Gets a connection: an idle one at once, else the caller waits in line.
    func acquire() async throws(PostgresError) -> PoolLease {
        let (lease, effects) = room.withLock { $0.lease(at: .now) }
        perform(effects)
        if let lease { return lease }
        return try await waitInLine().get()
    }

    /// Gives a connection back; one that broke or holds a transaction is closed instead.
    func release(_ lease: PoolLease) {
        let isReusable = lease.connection.mailbox.isReusable
        change { $0.returned(lease.id, isReusable: isReusable, at: .now) }
    }

    private func waitInLine() async -> Result<PoolLease, PostgresError> {
        let waiter = room.withLock { $0.nextWaiterID() }
        let deadline = ContinuousClock.now + acquireTimeout
        return await withTaskGroup(of: Void.self) { group in
            group.addTask {
                // Ends early by cancellation, when the wait is over or nobody wants to wait.
                guard (try? await Task.sleep(until: deadline, clock: .continuous)) != nil else {
                    return
                }
                self.change { $0.expire(waiter) }
            }
            defer { group.cancelAll() }
            return await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    self.join(waiter, continuation, until: deadline)
                }
            } onCancel: {
                self.change { $0.cancel(waiter) }
            }
        }
    }

    private func join(
        _ waiter: PoolState.WaiterID, _ continuation: PoolRoom.Waiter,
        until deadline: ContinuousClock.Instant
    ) {
        let effects = room.withLock { room in
            // One may have been given back since the caller looked.
            let (lease, effects) = room.lease(at: .now)
            if let lease { return effects + [.resume(continuation, .success(lease))] }
            room.waiters[waiter] = continuation
            return effects + room.effects(of: room.state.join(waiter, at: .now))
        }
        perform(effects)
        // The cancellation, or the expiry, may have come before there was anybody to take out.
        if Task.isCancelled { change { $0.cancel(waiter) } }
        if ContinuousClock.now >= deadline { change { $0.expire(waiter) } }
    }

    /// Tells the state what happened and does what it decides, outside the lock.
    func change(_ event: (inout PoolState) -> [PoolState.Action]) {
        perform(
            room.withLock { room in
                let actions = event(&room.state)
                return room.effects(of: actions)
            })
    }

    func perform(_ effects: [PoolRoom.Effect]) {
        for effect in effects {
            switch effect {
            case .resume(let waiter, let result): waiter.resume(returning: result)
            case .open(let id): open(id)
            case .close(let connection): connection.mailbox.stop(atOnce: false)
            case .drained(let drainer): drainer.resume()
            }
        }
    }

    private func open(_ id: PoolState.ConnectionID) {
        do {
            let opening = try PostgresConnection.Opening(configuration)
            let isClosed = room.withLock { room in
                room.openings[id] = opening
                return room.state.isClosed
            }
            opening.start(logger: logger) { [weak self] in self?.opened(id, $0) }
            if isClosed { opening.abandon() }
        } catch {
            opened(id, .failure(error))
        }
    }

    /// A connection is gone: because the pool asked for it, or by itself.
    private func ended(_ id: PoolState.ConnectionID) {
        perform(
            room.withLock { room in
                room.connections[id] = nil
                return room.effects(of: room.state.ended(id, at: .now))
            })
    }

    private func opened(
        _ id: PoolState.ConnectionID, _ result: Result<PostgresConnection, PostgresError>
    ) {
        let (effects, isNews) = room.withLock { room in
            room.openings[id] = nil
            switch result {
            case .success(let connection):
                room.connections[id] = connection
                let effects = room.effects(of: room.state.opened(id, at: .now))
                return (effects, room.told.takeFailures() > 0)
            case .failure(let error):
                let actions = room.state.openingFailed(id, with: error, at: .now) { failures in
                    backoff.delay(afterFailures: failures, jitter: jitter())
                }
                let isNews = room.told.isNews(room.state.failures, error.description)
                return (room.effects(of: actions), isNews)
            }
        }
        if isNews { tell(of: result) }
        perform(effects)
        if case .success(let connection) = result {
            connection.mailbox.whenEnded { [weak self] in self?.ended(id) }
        }
    }

    /// What lasts is told more and more seldom, and when it is over.
    private func tell(of result: Result<PostgresConnection, PostgresError>) {
        switch result {
        case .success: logger.notice("Postgres connections can be opened again")
        case .failure(let error):
            logger.warning(
                "A Postgres connection could not be opened", metadata: ["error": "\(error)"])
        }
    }
}
