import AMQP
import BookingTestSupport
import Logging
import ProtocolModel

/// A queue of a real broker, as `BookingTopology` declares an event's, and three channels to it.
///
/// Each channel has a connection of its own, so that it can be cut.
final class RealQueue {
    private static let logger = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }
    private static let tagWidth = 6
    /// More than there ever is.
    private static let readMax = 1000

    private let name: String
    private let publisher: AMQPConnection
    private let publishing: AMQPChannel
    private var connections: [AMQPConnection?]
    private var channels: [AMQPChannel?]
    private var tags: [String?]
    /// How many consumers there were: their tags sort so, and in that order the broker takes things back.
    private var consumers = 0
    /// What each channel was given: the model's message, and its place on the channel.
    private(set) var seen: [[(message: Message, tag: UInt64)]]

    private static func connect() async throws -> AMQPConnection {
        try await AMQPConnection.connect(
            AMQPConfiguration(url: TestServices.brokerURL(), connectionName: "conformance"),
            logger: logger)
    }

    private init(name: String, publisher: AMQPConnection) async throws {
        self.name = name
        self.publisher = publisher
        publishing = try await publisher.openChannel()
        connections = Array(repeating: nil, count: QuorumQueue.channelsMax)
        channels = Array(repeating: nil, count: QuorumQueue.channelsMax)
        tags = Array(repeating: nil, count: QuorumQueue.channelsMax)
        seen = Array(repeating: [], count: QuorumQueue.channelsMax)
        _ = try await publishing.declareQueue(
            AMQPQueueDeclaration(
                name: name, durable: true,
                arguments: [
                    "x-queue-type": .string("quorum"), "x-single-active-consumer": .bool(true),
                ]))
        try await publishing.enablePublisherConfirms()
    }

    /// Runs `body` with a queue of its own, which is deleted afterwards.
    static func with(_ body: (RealQueue) async throws -> Void) async throws {
        let publisher = try await connect()
        let name = "test.\(String(UInt64.random(in: .min ... .max), radix: 36))"
        let result: Result<Void, any Error>
        do {
            let queue = try await RealQueue(name: name, publisher: publisher)
            let outcome: Result<Void, any Error>
            do { outcome = .success(try await body(queue)) } catch { outcome = .failure(error) }
            for connection in queue.connections { await connection?.close() }
            result = outcome
        } catch { result = .failure(error) }
        _ = try? await publisher.withChannel { try await $0.deleteQueue(name) }
        await publisher.close()
        try result.get()
    }

    /// What the broker tells of the queue; asked for now.
    func status() async throws -> World.Status {
        let status = try await publishing.declareQueue(
            AMQPQueueDeclaration(name: name, passive: true))
        return World.Status(
            ready: Int(status.messageCount), consumers: Int(status.consumerCount))
    }

    func publish(_ message: Message) async throws {
        let confirmation = try await publishing.publish(
            AMQPPublishing(body: [message.payload]), to: "", routingKey: name, mandatory: true)
        guard confirmation == .confirmed else { throw Refused(confirmation: confirmation) }
    }

    struct Refused: Error { let confirmation: AMQPConfirmation }

    func consume(on index: Int, prefetch: UInt8) async throws {
        let channel = try await openChannel(index)
        try await channel.setPrefetch(UInt16(prefetch))
        consumers += 1
        let number = String(consumers)
        let tag = String(repeating: "0", count: Self.tagWidth - number.count) + number
        tags[index] = try await channel.consume(name, tag: tag)
    }

    private func openChannel(_ index: Int) async throws -> AMQPChannel {
        if let channel = channels[index] { return channel }
        let connection: AMQPConnection
        if let open = connections[index] {
            connection = open
        } else {
            connection = try await Self.connect()
        }
        connections[index] = connection
        let channel = try await connection.openChannel()
        channels[index] = channel
        return channel
    }

    func settle(upTo tag: UInt64, on index: Int) async throws {
        try await channels[index]?.acknowledge(upTo: tag, multiple: true)
    }

    func giveBack(_ tag: UInt64, on index: Int) async throws {
        try await channels[index]?.reject(tag, requeue: true)
    }

    func cancel(on index: Int) async throws {
        guard let tag = tags[index] else { return }
        try await channels[index]?.cancelConsumer(tag)
        tags[index] = nil
    }

    func close(_ index: Int) async {
        await channels[index]?.close()
        forget(index)
    }

    func cut(_ index: Int) async {
        connections[index]?.abort()
        _ = await connections[index]?.waitUntilClosed()
        connections[index] = nil
        forget(index)
    }

    private func forget(_ index: Int) {
        channels[index] = nil
        tags[index] = nil
        seen[index] = []
    }

    /// Reads what the channels have been given by now.
    func read() throws {
        for (index, channel) in channels.enumerated() {
            guard let channel else { continue }
            for case .delivery(let delivery) in try channel.eventsAtHand(max: Self.readMax) {
                guard let payload = delivery.body.first, let message = Message(payload: payload)
                else { throw Unreadable() }
                seen[index].append(
                    (delivery.isRedelivered ? message.comingBack : message, delivery.deliveryTag))
            }
        }
    }

    struct Unreadable: Error {}
}
