import AMQP
import BookingBroker
import BookingDomain
import BookingMessages
import BookingTestSupport
import Testing

@testable import BookingWorker

@Suite struct AnnouncerTests {
    @Test("When outcomes cannot be told, who waits for messages hears of it; they come again")
    func failure() async throws {
        try await TestWorker.with(started: false) { worker in
            let event = try await worker.makeEvent(capacities: [10])
            try await worker.publisher.publish([TestEvents.book(event)], to: event)
            let connection = try await AMQPConnection.connect(
                worker.broker, logger: TestWorker.quiet)
            let consumer = try await ShardConsumer(on: connection)
            try await consumer.add(event)
            let message = try #require(try await consumer.next(max: 1).first)
            // It never runs, so it says at once that there is no connection.
            let mute = OutcomePublisher(
                configuration: worker.broker, publishTimeout: .seconds(5),
                logger: TestWorker.quiet)
            let announcer = Announcer(
                consumer: consumer, outcomes: mute, metrics: WorkerMetrics(shard: event.shard))
            let outcomes = OutcomeMessage(shard: event.shard, batch: 1, bookings: [], events: [])
            try await announcer.announce([outcomes], upTo: DeliveryMarks(message.place))
            await #expect(throws: BrokerError.self) { try await consumer.next(max: 1) }
            await #expect(throws: BrokerError.self) { try await announcer.finish() }
            let next = try await ShardConsumer(on: connection)
            try await next.add(event)
            #expect(try await next.next(max: 1).first?.isRedelivered == true)
            await connection.close()
        }
    }
}
