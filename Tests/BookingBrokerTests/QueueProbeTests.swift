import AMQP
import BookingDomain
import BookingTestSupport
import Logging
import Testing

@testable import BookingBroker

@Suite("Finding out whether a line can be consumed", .timeLimit(.minutes(1)))
struct QueueProbeTests {
    private func with(
        _ body: (QueueProbe, AMQPConnection, EventID) async throws -> Void
    ) async throws {
        let logger = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }
        let broker = try AMQPConfiguration(
            url: TestServices.brokerURL(), connectionName: "tests")
        let event = try TestEvents.event().id
        let connection = try await AMQPConnection.connect(broker, logger: logger)
        let probe = QueueProbe(configuration: broker, logger: logger)
        let result: Result<Void, any Error>
        do {
            try await connection.withChannel {
                try await BookingTopology.declare([.commands], on: $0)
            }
            result = .success(try await body(probe, connection, event))
        } catch { result = .failure(error) }
        try? await connection.withChannel {
            _ = try await $0.deleteQueue(BookingTopology.queue(of: event))
        }
        await connection.close()
        try result.get()
    }

    @Test("A queue that is not there is made; what waits in one stays there, in order")
    func order() async throws {
        try await with { probe, connection, event in
            #expect(await probe.obstacle(for: event) == nil)
            try await connection.withChannel { channel in
                try await channel.enablePublisherConfirms()
                for number in 0..<40 {
                    let message = AMQPPublishing(body: [UInt8(number)])
                    #expect(
                        try await channel.publish(
                            message, to: BookingTopology.commands, routingKey: event.description,
                            mandatory: true) == .confirmed)
                }
            }
            // Also when they came back from somebody who had them in hand.
            for _ in 0..<2 {
                #expect(await probe.obstacle(for: event) == nil)
                let consumer = try await ShardConsumer(on: connection)
                try await consumer.add(event)
                #expect(consumer.consumes(event))
                var bodies: [[UInt8]] = []
                let inHand = Int(ShardConsumer.prefetch)
                while bodies.count < inHand {
                    bodies += try await consumer.next(max: inHand).map(\.body)
                }
                #expect(bodies == (0..<inHand).map { [UInt8($0)] })
                await consumer.close()
            }
        }
    }

    @Test("It says why a queue cannot be consumed, and goes on to the next one")
    func obstacle() async throws {
        try await with { probe, connection, event in
            let queue = BookingTopology.queue(of: event)
            // Of another version of us, perhaps.
            try await connection.withChannel {
                _ = try await $0.declareQueue(AMQPQueueDeclaration(name: queue, durable: true))
            }
            #expect(await probe.obstacle(for: event)?.contains("(406)") == true)
            try await connection.withChannel { _ = try await $0.deleteQueue(queue) }
            #expect(await probe.obstacle(for: event) == nil)
        }
    }

    @Test("Without a broker there is an obstacle, too")
    func noBroker() async throws {
        let logger = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }
        let nobody = try AMQPConfiguration(
            url: "amqp://guest:guest@127.0.0.1:1/", connectionName: "tests")
        let probe = QueueProbe(configuration: nobody, logger: logger)
        #expect(await probe.obstacle(for: try TestEvents.event().id) != nil)
    }
}
