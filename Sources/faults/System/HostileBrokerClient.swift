import AMQP
import ChildProcesses
import Logging

/// A client that harms the system through the broker: repeats, forges and deletes messages.
struct HostileBrokerClient: Sendable {
    /// A command message on its way to an event's line.
    struct Copy: Sendable {
        let event: String
        let body: [UInt8]
        let properties: AMQPProperties
    }

    private let configuration: AMQPConfiguration

    private static let exchange = "booking.commands"
    private static let dead = "booking.dead"

    init(url: String) throws {
        configuration = try AMQPConfiguration(url: url, connectionName: "boxoffice faults")
    }

    /// Copies of the messages that go to the lines of `events` for some time.
    ///
    /// The queue that takes them is bound beside those of the events, and goes with the connection.
    func copies(of events: [String], during time: Duration) async throws -> [Copy] {
        try await withChannel { channel in
            let queue = try await channel.declareQueue(
                AMQPQueueDeclaration(durable: false, exclusive: true, autoDelete: true))
            for event in events {
                try await channel.bindQueue(queue.name, to: Self.exchange, routingKey: event)
            }
            _ = try await channel.consume(queue.name)
            return try await withThrowingTaskGroup(of: [Copy].self) { group in
                group.addTask { try await Self.readUntilCancelled(channel) }
                group.addTask {
                    try? await Task.sleep(for: time)
                    return []
                }
                // Whichever ends first: what has been read counts.
                let first = try await group.next() ?? []
                group.cancelAll()
                return try await first + (group.next() ?? [])
            }
        }
    }

    private static func readUntilCancelled(_ channel: AMQPChannel) async throws -> [Copy] {
        var copies: [Copy] = []
        while copies.count < FaultLimits.copiesMax {
            let events: [AMQPChannelEvent]
            do { events = try await channel.nextEvents(max: FaultLimits.copiesMax) } catch {
                guard Task.isCancelled else { throw error }
                break
            }
            for case .delivery(let delivery) in events {
                copies.append(
                    Copy(
                        event: delivery.routingKey, body: delivery.body,
                        properties: delivery.properties))
                try await channel.acknowledge(upTo: delivery.deliveryTag, multiple: false)
            }
        }
        return copies
    }

    /// Publishes the messages to their events' lines, as an ingress would, each `times` times.
    func publish(_ messages: [Copy], times: Int = 1) async throws {
        try await withChannel { channel in
            try await channel.enablePublisherConfirms()
            for _ in 0..<times {
                for message in messages {
                    let confirmation = try await channel.publish(
                        AMQPPublishing(body: message.body, properties: message.properties),
                        to: Self.exchange, routingKey: message.event, mandatory: true)
                    guard confirmation == .confirmed else {
                        throw ProcessFailure("the broker did not take a message: \(confirmation)")
                    }
                }
            }
        }
    }

    /// How many messages are ready in an event's queue.
    func ready(in event: String) async throws -> Int {
        try await withChannel { channel in
            let status = try await channel.declareQueue(
                AMQPQueueDeclaration(name: "booking.event.\(event)", passive: true))
            return Int(status.messageCount)
        }
    }

    /// Deletes the queues of `events`, whatever is in them.
    func deleteQueues(of events: [String]) async throws {
        try await withChannel { channel in
            for event in events { try await channel.deleteQueue("booking.event.\(event)") }
        }
    }

    /// Throws the run's dead letters away, so that the next run begins without any.
    func purgeDeadLetters() async throws {
        try await withChannel { channel in
            let status = try? await channel.declareQueue(
                AMQPQueueDeclaration(name: Self.dead, passive: true))
            if status != nil { try await channel.purgeQueue(Self.dead) }
        }
    }

    private func withChannel<Result: Sendable>(
        _ body: (AMQPChannel) async throws -> Result
    ) async throws -> Result {
        let logger = Logger(label: "boxoffice.faults")
        return try await AMQPConnection.with(configuration, logger: logger) { connection in
            try await connection.withChannel(body)
        }
    }
}
