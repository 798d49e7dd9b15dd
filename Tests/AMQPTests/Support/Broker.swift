import AMQP
import Glibc
import Logging
import Testing

/// The broker the tests run against, named by the environment.
enum Broker {
    static let variable = "BOXOFFICE_TEST_AMQP_URL"

    struct Missing: Error, CustomStringConvertible {
        let description =
            "Set \(Broker.variable) to the URL of a RabbitMQ that tests may use, "
            + "such as amqp://guest:guest@127.0.0.1:5672/."
    }

    static let logger: Logger = {
        var logger = Logger(label: "amqp-tests")
        logger.logLevel = .error
        return logger
    }()

    static func configuration(
        _ name: String = #function, heartbeat: Duration = .seconds(5)
    ) throws -> AMQPConfiguration {
        guard let url = getenv(variable).map({ String(cString: $0) }) else { throw Missing() }
        var configuration = try AMQPConfiguration(url: url, connectionName: "test: \(name)")
        configuration.heartbeat = heartbeat
        return configuration
    }

    static func connect(
        _ name: String = #function, heartbeat: Duration = .seconds(5)
    ) async throws -> AMQPConnection {
        try await AMQPConnection.connect(
            configuration(name, heartbeat: heartbeat), logger: logger)
    }

    /// Runs `body` with a connection, closed afterwards.
    static func withConnection<Result>(
        _ name: String = #function, _ body: (AMQPConnection) async throws -> Result
    ) async throws -> Result {
        let connection = try await connect(name)
        do {
            let result = try await body(connection)
            await connection.close()
            return result
        } catch {
            await connection.close()
            throw error
        }
    }

    /// Runs `body` with a name for a queue (or exchange) nobody else has; what has it is deleted.
    static func withName<Result>(
        _ body: (String) async throws -> Result
    ) async throws -> Result {
        let name = "test.\(String(UInt64.random(in: .min ... .max), radix: 36))"
        do {
            let result = try await body(name)
            try await delete(name)
            return result
        } catch {
            try await delete(name)
            throw error
        }
    }

    private static func delete(_ name: String) async throws {
        try await withConnection("clean up") { connection in
            let channel = try await connection.openChannel()
            try await channel.deleteQueue(name)
            try await channel.deleteExchange(name)
        }
    }
}

extension AMQPChannel {
    /// Waits for exactly so many deliveries.
    func deliveries(_ count: Int) async throws -> [AMQPDelivery] {
        var deliveries: [AMQPDelivery] = []
        while deliveries.count < count {
            for event in try await nextEvents(max: count - deliveries.count) {
                guard case .delivery(let delivery) = event else { continue }
                deliveries.append(delivery)
            }
        }
        return deliveries
    }

    /// Publishes texts to a queue, in order.
    func publish(_ texts: [String], toQueue queue: String) async throws {
        for text in texts {
            let confirmation = try await publish(
                AMQPPublishing(body: Array(text.utf8)), to: "", routingKey: queue, mandatory: true)
            #expect(confirmation == .confirmed)
        }
    }
}

extension AMQPDelivery {
    var text: String { String(decoding: body, as: UTF8.self) }
}

extension AMQPQueueDeclaration {
    static func quorum(_ name: String, singleActiveConsumer: Bool = false) -> Self {
        var arguments: AMQPTable = ["x-queue-type": "quorum"]
        if singleActiveConsumer { arguments["x-single-active-consumer"] = true }
        return AMQPQueueDeclaration(name: name, arguments: arguments)
    }
}

/// The error `body` throws, which must be this module's.
func amqpError(
    _ body: () async throws -> Void, sourceLocation: SourceLocation = #_sourceLocation
) async -> AMQPError? {
    let error = await #expect(throws: AMQPError.self, sourceLocation: sourceLocation) {
        try await body()
    }
    return error
}

struct TooLate: Error {}

/// Fails a test that waits for something that does not come, instead of hanging.
func within<Result: Sendable>(
    _ limit: Duration, _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    return try await withThrowingTaskGroup(of: Result.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: limit)
            throw TooLate()
        }
        defer { group.cancelAll() }
        guard let result = try await group.next() else { throw TooLate() }
        return result
    }
}

/// Asks again and again until something is so that no signal tells of.
func eventually(
    within limit: Duration = .seconds(10), _ isSo: () async throws -> Bool,
    sourceLocation: SourceLocation = #_sourceLocation
) async throws {
    let deadline = ContinuousClock.now.advanced(by: limit)
    while try await !isSo() {
        guard ContinuousClock.now < deadline else {
            Issue.record("It did not come about in time.", sourceLocation: sourceLocation)
            return
        }
        try await Task.sleep(for: .milliseconds(5))
    }
}
