import AMQP
import BookingDomain
import BookingTestSupport
import Logging
import Testing

@testable import BookingBroker

@Suite("A shard's owner at its events' queues", .timeLimit(.minutes(1)))
struct OwnerPublisherTests {
    private static let time = Duration.seconds(5)
    private static let logger = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }

    /// Runs `body` with a publisher as the workers' user, and a channel of a user who may do anything.
    private func with(
        _ body: (OwnerPublisher, AMQPConnection, AMQPChannel, EventID) async throws -> Void
    ) async throws {
        let broker = try AMQPConfiguration(
            url: TestServices.brokerURL(of: "worker"), connectionName: "tests")
        let publisher = OwnerPublisher(configuration: broker, logger: Self.logger)
        let event = try TestEvents.event().id
        let everybody = try AMQPConfiguration(
            url: TestServices.brokerURL(), connectionName: "tests")
        try await AMQPConnection.with(everybody, logger: Self.logger) { connection in
            let channel = try await connection.openChannel()
            try await channel.enablePublisherConfirms()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await publisher.run() }
                try await eventually { publisher.state == .connected }
                try await body(publisher, connection, channel, event)
                group.cancelAll()
            }
            try await connection.withChannel {
                _ = try await $0.deleteQueue(BookingTopology.queue(of: event))
            }
        }
    }

    private func code(
        _ publisher: OwnerPublisher, _ event: EventID
    ) async -> BrokerError.Code? {
        do throws(BrokerError) {
            try await publisher.publish([1], type: "tick", to: event, within: Self.time)
            return nil
        } catch { return error.code }
    }

    @Test("A message stands behind what an ingress published before, and before what it does later")
    func order() async throws {
        try await with { publisher, connection, channel, event in
            try await BookingTopology.declareQueue(of: event, on: channel)
            for number in 0..<UInt8(30) {
                if number % 3 == 2 {
                    try await publisher.publish(
                        [number], type: "tick", to: event, within: Self.time)
                } else {
                    let confirmation = try await channel.publish(
                        AMQPPublishing(body: [number]), to: BookingTopology.commands,
                        routingKey: event.description, mandatory: true)
                    #expect(confirmation == .confirmed)
                }
            }
            let consumer = try await ShardConsumer(on: connection)
            try await consumer.add(event)
            var messages: [QueuedMessage] = []
            while messages.count < 30 { messages += try await consumer.next(max: 30) }
            #expect(messages.map(\.body) == (0..<UInt8(30)).map { [$0] })
            #expect(messages.filter { $0.type == "tick" }.count == 10)
            await consumer.close()
        }
    }

    @Test("It says that it is not connected, that there is no queue, and that the queue is full")
    func refused() async throws {
        try await with { publisher, _, channel, event in
            let idle = OwnerPublisher(
                configuration: try AMQPConfiguration(
                    url: TestServices.brokerURL(), connectionName: "tests"), logger: Self.logger)
            #expect(await code(idle, event) == .unavailable)
            #expect(await code(publisher, event) == .unroutable)
            let queue = BookingTopology.queue(of: event)
            _ = try await channel.declareQueue(
                AMQPQueueDeclaration(
                    name: queue,
                    arguments: [
                        "x-queue-type": .string("quorum"), "x-max-length": .int(1),
                        "x-overflow": .string("reject-publish"),
                    ]))
            try await channel.bindQueue(
                queue, to: BookingTopology.commands, routingKey: event.description)
            #expect(await code(publisher, event) == nil)
            // A full quorum queue takes some more before it tells its publishers.
            try await eventually { await code(publisher, event) == .refused }
            _ = try await channel.deleteQueue(queue)
            try await eventually { await code(publisher, event) == .unroutable }
        }
    }

    @Test("A queue is empty for its consumer when nothing is ready, and what was sent is at hand")
    func empty() async throws {
        try await with { publisher, connection, channel, event in
            let consumer = try await ShardConsumer(on: connection)
            await #expect(throws: BrokerError.self) { try await consumer.hasReceivedAll(of: event) }
            try await consumer.add(event)
            try await eventually { (try? await consumer.hasReceivedAll(of: event)) == true }
            let prefetch = Int(ShardConsumer.prefetch)
            for _ in 0..<prefetch { #expect(await code(publisher, event) == nil) }
            // Nothing is acknowledged; but all is here.
            #expect(try await consumer.hasReceivedAll(of: event))
            let messages = try consumer.messagesAtHand(max: 2 * prefetch)
            #expect(messages.count == prefetch)
            #expect(await code(publisher, event) == nil)
            #expect(try await !consumer.hasReceivedAll(of: event))
            var marks = DeliveryMarks(try #require(messages.first).place)
            for message in messages { marks.advance(to: message.place) }
            try await consumer.acknowledge(upTo: marks)
            try await eventually { try await consumer.hasReceivedAll(of: event) }
            #expect(try consumer.messagesAtHand(max: prefetch).count == 1)
            await consumer.close()
        }
    }
}
