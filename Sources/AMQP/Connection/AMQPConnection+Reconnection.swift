public import Logging

extension AMQPConnection {
    private enum SessionEnd {
        case bodyReturned
        case bodyFailed(any Error)
        case connectionClosed(AMQPError?)
    }

    /// Connects and runs `body`; when the connection or `body` fails, connects again.
    ///
    /// A connection that ends cancels its `body`, which must return before the next one is made.
    /// Waits grow and are jittered as `backoff` says. Several addresses are taken in turn, starting
    /// with any of them, later after the one whose connection was lost. Returns when `body` returns.
    ///
    /// - Throws: `CancellationError` when the task is cancelled, and nothing else.
    public static func withReconnection(
        _ configuration: AMQPConfiguration, backoff: AMQPBackoff = .default, logger: Logger,
        _ body: @escaping @Sendable (AMQPConnection) async throws -> Void
    ) async throws {
        try await withReconnection(
            configuration, backoff: backoff, logger: logger, onFailure: { _ in }, body)
    }

    /// As the other, and tells each failure to connect and each end of a connection.
    public static func withReconnection(
        _ configuration: AMQPConfiguration, backoff: AMQPBackoff, logger: Logger,
        onFailure: (any Error) -> Void,
        _ body: @escaping @Sendable (AMQPConnection) async throws -> Void
    ) async throws {
        var failures = 0
        var told = RepeatedFailures()
        var firstAddress = configuration.anyAddress
        while true {
            try Task.checkCancellation()
            let started = ContinuousClock.now
            let error: any Error
            var isConnected = false
            do {
                let connection = try await connect(
                    configuration, firstAddress: firstAddress, logger: logger)
                let end = await connection.run(body)
                await connection.close()
                firstAddress = (connection.addressIndex + 1) % configuration.addresses.count
                switch end {
                case .bodyReturned: return try Task.checkCancellation()
                case .bodyFailed(let reason):
                    error = reason
                    isConnected = true
                case .connectionClosed(let reason): error = reason ?? .connectionClosedByUs
                }
                if ContinuousClock.now - started >= backoff.resetAfter {
                    failures = 0
                    told = RepeatedFailures()
                }
            } catch let reason as AMQPError {
                error = reason
            }
            try Task.checkCancellation()
            onFailure(error)
            failures += 1
            let delay = backoff.delay(afterFailures: failures, randomness: .random(in: 0...1))
            if told.failed("\(error)") {
                logger.notice(
                    isConnected
                        ? "The work on a connection failed, and begins again."
                        : "The broker is away; connecting again.",
                    metadata: [
                        "reason": "\(error)", "delay": "\(delay)", "failures": "\(failures)",
                    ])
            }
            try await Task.sleep(for: delay)
        }
    }

    /// Runs `body` until it ends, cancelling it when the connection ends first.
    private func run(
        _ body: @escaping @Sendable (AMQPConnection) async throws -> Void
    ) async -> SessionEnd {
        await withTaskGroup(of: SessionEnd.self) { group in
            group.addTask {
                do {
                    try await body(self)
                    return .bodyReturned
                } catch {
                    return .bodyFailed(error)
                }
            }
            group.addTask { .connectionClosed(await self.waitUntilClosed()) }
            var first: SessionEnd?
            while let end = await group.next() {
                // A cancelled wait says nothing about the connection.
                if case .connectionClosed(let reason) = end, reason?.code == .cancelled { continue }
                first = first ?? end
                group.cancelAll()
            }
            return first ?? .bodyReturned
        }
    }
}
