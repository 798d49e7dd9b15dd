internal import Synchronization

extension PostgresPool {
    /// Suspends until the task is cancelled or the pool is closed, then closes all connections.
    ///
    /// The pool works without it; this ties the connections' lifetime to a task.
    public func run() async throws {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isClosed = room.withLock { room in
                    if !room.state.isClosed { room.runners.append(continuation) }
                    return room.state.isClosed
                }
                if isClosed { continuation.resume() }
            }
        } onCancel: {
            beginToClose()
        }
        await close()
    }

    /// Closes the pool: whoever waits in line fails, connections in use are closed when they are
    /// given back, or after ``PostgresConfiguration/queryTimeout`` at the latest.
    public func close() async {
        beginToClose()
        // Not a child task: a cancelled caller still leaves the others their time.
        let limit = Task { [configuration] in
            guard (try? await Task.sleep(for: configuration.queryTimeout)) != nil else { return }
            endLeases()
        }
        await withCheckedContinuation { continuation in
            let isDrained = room.withLock { room in
                if !room.state.isDrained { room.drainers.append(continuation) }
                return room.state.isDrained
            }
            if isDrained { continuation.resume() }
        }
        limit.cancel()
        await limit.value
    }

    private func beginToClose() {
        let (effects, openings, runners) = room.withLock { room in
            defer { room.runners = [] }
            let actions = room.state.close()
            return (room.effects(of: actions), Array(room.openings.values), room.runners)
        }
        perform(effects)
        for opening in openings { opening.abandon() }
        for runner in runners { runner.resume() }
    }

    /// Closes the connections whose users do not give them back.
    private func endLeases() {
        let leased = room.withLock { room in
            room.state.leased.compactMap { room.connections[$0] }
        }
        for connection in leased { connection.mailbox.stop(atOnce: true) }
    }
}
