import AMQP
import BookingDomain
import BookingTestSupport
import Logging
import Testing

@testable import BookingBroker

@Suite("Consuming a shard's events", .timeLimit(.minutes(1)))
struct ShardConsumerTests {
    private static let count = 150

    /// Runs `body` with the queues of `count` new events, each with ``count`` numbered messages in it.
    private func withEvents(
        _ count: Int, _ body: (AMQPConnection, [EventID]) async throws -> Void
    ) async throws {
        let logger = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }
        let broker = try AMQPConfiguration(
            url: TestServices.brokerURL(), connectionName: "tests")
        let events = try (0..<count).map { _ in try TestEvents.event().id }
        let connection = try await AMQPConnection.connect(broker, logger: logger)
        let result: Result<Void, any Error>
        do {
            let channel = try await connection.openChannel()
            try await BookingTopology.declare([.commands], on: channel)
            try await channel.enablePublisherConfirms()
            for event in events {
                try await BookingTopology.declareQueue(of: event, on: channel)
                for number in 0..<Self.count {
                    let confirmation = try await channel.publish(
                        AMQPPublishing(body: [UInt8(number)]), to: BookingTopology.commands,
                        routingKey: event.description, mandatory: true)
                    try #require(confirmation == .confirmed)
                }
            }
            result = .success(try await body(connection, events))
        } catch { result = .failure(error) }
        try? await connection.withChannel { channel in
            for event in events {
                _ = try await channel.deleteQueue(BookingTopology.queue(of: event))
            }
        }
        await connection.close()
        try result.get()
    }

    private func acknowledge(
        _ messages: [QueuedMessage], to consumer: ShardConsumer
    ) async throws {
        guard let first = messages.first else { return }
        var marks = DeliveryMarks(first.place)
        for message in messages { marks.advance(to: message.place) }
        try await consumer.acknowledge(upTo: marks)
    }

    @Test("An event taken off while more of it is on its way comes again in order, nothing twice")
    func order() async throws {
        try await withEvents(1) { connection, events in
            let event = events[0]
            let consumer = try await ShardConsumer(on: connection)
            var taken: [QueuedMessage] = []
            while taken.count < Self.count {
                try await consumer.add(event)
                let messages = try await consumer.next(max: Int(ShardConsumer.prefetch))
                taken += messages
                // Now the broker sends as many more, which meet the end of their consumer.
                try await acknowledge(messages, to: consumer)
                #expect(await consumer.remove([event]).isEmpty)
                #expect(!consumer.consumes(event))
            }
            #expect(taken.map(\.body) == (0..<Self.count).map { [UInt8($0)] })
            await consumer.close()
        }
    }

    @Test("What is in hand when an event is taken off is waited for; other events go on meanwhile")
    func inHand() async throws {
        try await withEvents(2 * ShardConsumer.channelsMax) { connection, events in
            let consumer = try await ShardConsumer(on: connection)
            for event in events { try await consumer.add(event) }
            var taken = try await consumer.next(max: 1)
            let leaving = try #require(taken.first?.event)
            async let removal = consumer.remove([leaving])
            try await eventually { !consumer.consumes(leaving) }
            var meanwhile: [QueuedMessage] = []
            while meanwhile.isEmpty { meanwhile = try await consumer.next(max: 64) }
            #expect(!meanwhile.contains { $0.event == leaving })
            taken += meanwhile
            try await acknowledge(taken, to: consumer)
            let others = await removal
            #expect(!others.contains(leaving))
            for event in others + [leaving] { try await consumer.add(event) }
            while taken.count < Self.count * events.count {
                let messages = try await consumer.next(max: 64)
                taken += messages
                try await acknowledge(messages, to: consumer)
            }
            for event in events {
                #expect(
                    taken.filter { $0.event == event }.map(\.body)
                        == (0..<Self.count).map { [UInt8($0)] })
            }
            await consumer.close()
        }
    }
}
