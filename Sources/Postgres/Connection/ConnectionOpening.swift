internal import Logging

/// Opens a connection without blocking beyond the time limit, host by host.
struct ConnectionOpening {
    let mailbox: ConnectionMailbox
    let logger: Logger

    /// Tries the hosts in order until one takes the connection.
    ///
    /// Each gets an equal share of the time that is left, so that a host that never answers does not
    /// use up the time of the others.
    func open(
        _ attempts: [ConnectionString], timeout: Duration
    ) throws(PostgresError) -> LibPQConnection {
        let end = ContinuousClock.now + timeout
        var last: PostgresError?
        for (index, attempt) in attempts.enumerated() {
            let now = ContinuousClock.now
            let share = now.duration(to: end) / (attempts.count - index)
            do {
                return try open(attempt, until: now + share)
            } catch let error where error.code == .closed {
                throw error
            } catch {
                last = error
            }
        }
        throw last ?? .connectionFailed("there is no host to connect to")
    }

    private func open(
        _ string: ConnectionString, until deadline: ContinuousClock.Instant
    ) throws(PostgresError) -> LibPQConnection {
        guard var connection = LibPQConnection(opening: string, logger: logger) else {
            throw .connectionFailed("no memory for another connection")
        }
        // By libpq's rule, the first thing to wait for is that the socket can be written to.
        var step = connection.isBroken ? LibPQConnection.OpeningStep.failed : .write
        do {
            while step == .read || step == .write {
                let readiness = try SocketWait(mailbox: mailbox).wait(
                    on: connection.socket, reading: step == .read, writing: step == .write,
                    until: deadline)
                if readiness.canRead || readiness.canWrite { step = connection.continueOpening() }
            }
        } catch {
            guard case .expired = error else { throw .closed("the connection") }
            throw .connectionFailed("the server did not answer in time")
        }
        guard step == .connected, connection.prepareForUse() else {
            let failure = connection.failure
            throw .connectionFailed(failure.message, sqlState: failure.sqlState)
        }
        return connection
    }
}
