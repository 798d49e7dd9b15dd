import Synchronization
import Testing

@testable import AMQP

@Suite("Reconnecting", .timeLimit(.minutes(1)))
struct ReconnectionTests {
    private let quick = AMQPBackoff(first: .milliseconds(10), cap: .milliseconds(50))

    @Test("a cut connection cancels the body and makes another, until the body returns")
    func cut() async throws {
        try await BreakableProxy.run(before: Broker.configuration()) { proxy, configuration in
            let sessions = Mutex(0)
            let cancelled = Mutex(0)
            try await AMQPConnection.withReconnection(
                configuration, backoff: quick, logger: Broker.logger
            ) { connection in
                let session = sessions.withLock { sessions in
                    sessions += 1
                    return sessions
                }
                if session == 3 { return }
                await proxy.cut()
                // Knows nothing of the connection: only cancellation ends it.
                do { try await Task.sleep(for: .seconds(60)) } catch {
                    cancelled.withLock { $0 += 1 }
                    throw error
                }
            }
            #expect(sessions.withLock(\.self) == 3)
            #expect(cancelled.withLock(\.self) == 2)
        }
    }

    @Test("a body that fails is given another connection, after growing waits")
    func failingBody() async throws {
        struct Failure: Error {}
        let started = Mutex<[ContinuousClock.Instant]>([])
        let backoff = AMQPBackoff(first: .milliseconds(200), cap: .milliseconds(400))
        try await AMQPConnection.withReconnection(
            Broker.configuration(), backoff: backoff, logger: Broker.logger
        ) { _ in
            let count = started.withLock { started in
                started.append(.now)
                return started.count
            }
            if count < 4 { throw Failure() }
        }
        let starts = started.withLock(\.self)
        let waits = zip(starts, starts.dropFirst()).map { $1 - $0 }
        #expect(waits[0] >= .milliseconds(100))
        #expect(waits[1] >= .milliseconds(200) && waits[2] >= .milliseconds(200))
    }

    @Test("with nobody to connect to it goes on trying until it is cancelled")
    func cancellation() async throws {
        var configuration = try Broker.configuration()
        configuration.addresses = [
            AMQPAddress(host: "127.0.0.1", port: try LoopbackSocket.deadPort())
        ]
        let failures = Mutex(0)
        let task = Task { [quick, configuration] in
            try await AMQPConnection.withReconnection(
                configuration, backoff: quick, logger: Broker.logger,
                onFailure: { _ in failures.withLock { $0 += 1 } },
                { _ in Issue.record("There is nobody to connect to.") })
        }
        try await eventually { failures.withLock { $0 >= 3 } }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test("the address after the one that was lost comes next")
    func addressRotation() async throws {
        try await BreakableProxy.run(before: Broker.configuration()) { first, one in
            try await BreakableProxy.run(before: Broker.configuration()) { second, two in
                var configuration = one
                configuration.addresses += two.addresses
                let indices = Mutex<[Int]>([])
                try await AMQPConnection.withReconnection(
                    configuration, backoff: quick, logger: Broker.logger
                ) { connection in
                    let count = indices.withLock { indices in
                        indices.append(connection.addressIndex)
                        return indices.count
                    }
                    if count == 3 { return }
                    await first.cut()
                    await second.cut()
                    try await Task.sleep(for: .seconds(60))
                }
                #expect([[0, 1, 0], [1, 0, 1]].contains(indices.withLock(\.self)))
            }
        }
    }
}
