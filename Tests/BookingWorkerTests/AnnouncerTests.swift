import AMQP
import BookingDomain
import BookingMessages
import BookingTestSupport
import Testing

@testable import BookingBroker
@testable import BookingWorker

@Suite struct AnnouncerTests {
    /// Runs `body` with a consumer of a new event's queue, and an announcer whom nobody hears.
    private func withAnnouncer(
        _ body:
            @escaping @Sendable (
                TestWorker, EventID, AMQPConnection, ShardConsumer, Announcer
            ) async throws -> Void
    ) async throws {
        try await TestWorker.with(started: false) { worker in
            let event = try await worker.makeEvent(capacities: [10])
            let connection = try await AMQPConnection.connect(
                worker.broker, logger: TestWorker.quiet)
            let consumer = try await ShardConsumer(on: connection)
            try await consumer.add(event)
            // It never runs, so it says at once that there is no connection.
            let mute = OutcomePublisher(
                configuration: worker.broker, publishTimeout: .seconds(5),
                logger: TestWorker.quiet)
            let announcer = Announcer(
                source: consumer, outcomes: mute, metrics: WorkerMetrics(shard: event.shard),
                logger: TestWorker.quiet)
            try await body(worker, event, connection, consumer, announcer)
            await connection.close()
        }
    }

    private static func outcomes(of event: EventID) -> Announcement {
        .outcomes(OutcomeMessage(shard: event.shard, batch: 1, bookings: [], events: []))
    }

    @Test("Outcomes that cannot be told hinder nothing: their messages are acknowledged")
    func untold() async throws {
        try await withAnnouncer { worker, event, connection, consumer, announcer in
            try await worker.publisher.publish([TestEvents.book(event)], to: event)
            let message = try #require(try await consumer.next(max: 1).first)
            try await announcer.announce(
                [Self.outcomes(of: event)], upTo: DeliveryMarks(message.place))
            try await announcer.finish()
            await consumer.close()
            let next = try await ShardConsumer(on: connection)
            try await next.add(event)
            try await worker.publisher.publish([TestEvents.book(event)], to: event)
            #expect(try await next.next(max: 1).first?.isRedelivered == false)
        }
    }

    @Test("When nothing can be acknowledged, who waits for messages hears of it; they come again")
    func failure() async throws {
        try await withAnnouncer { worker, event, connection, consumer, announcer in
            try await worker.publisher.publish([TestEvents.book(event)], to: event)
            let message = try #require(try await consumer.next(max: 1).first)
            await connection.close()
            try await announcer.announce(
                [Self.outcomes(of: event)], upTo: DeliveryMarks(message.place))
            await #expect(throws: BrokerError.self) { try await consumer.next(max: 1) }
            await #expect(throws: BrokerError.self) { try await announcer.finish() }
            let another = try await AMQPConnection.connect(
                worker.broker, logger: TestWorker.quiet)
            let next = try await ShardConsumer(on: another)
            try await next.add(event)
            #expect(try await next.next(max: 1).first?.isRedelivered == true)
            await another.close()
        }
    }
}
