import AMQP
import BookingBroker
import BookingDomain
import BookingTestSupport
import Testing

@testable import BookingWorker

/// What becomes of an event whose queue, or its binding, somebody deletes by hand.
@Suite("A queue deleted by hand", .timeLimit(.minutes(1))) struct DeletedQueueTests {
    private func deleteQueue(of event: EventID, _ worker: TestWorker) async throws {
        try await worker.withChannel { channel in
            _ = try await channel.deleteQueue(BookingTopology.queue(of: event))
        }
    }

    @Test("A booking that comes at once is decided, each of twenty times")
    func bookedAtOnce() async throws {
        try await TestWorker.with { worker in
            let event = try await worker.makeEvent(capacities: [100])
            try await worker.publisher.publish([TestEvents.book(event)], to: event)
            _ = try await worker.outcomes(of: event, count: 1)
            for count in 2...21 {
                try await deleteQueue(of: event, worker)
                try await worker.publisher.publish([TestEvents.book(event)], to: event)
                let outcomes = try await worker.outcomes(of: event, count: count)
                #expect(outcomes.map(\.sequence) == Array(1...Int64(count)))
            }
        }
    }

    @Test("When nobody books, the worker makes it again, once, and consumes it")
    func nobodyBooks() async throws {
        try await TestWorker.with { worker in
            let event = try await worker.makeEvent(capacities: [100])
            try await worker.publisher.publish([TestEvents.book(event)], to: event)
            _ = try await worker.outcomes(of: event, count: 1)
            try await deleteQueue(of: event, worker)
            let queue = BookingTopology.queue(of: event)
            try await worker.withChannel { channel in
                try await eventually {
                    let isThere = try? await worker.waiting(for: event)
                    return isThere != nil
                }
                try await eventually {
                    let asked = AMQPQueueDeclaration(name: queue, passive: true)
                    return try await channel.declareQueue(asked).consumerCount == 1
                }
            }
            try await worker.publisher.publish([TestEvents.book(event)], to: event)
            _ = try await worker.outcomes(of: event, count: 2)
        }
    }

    @Test("An event that is paused meanwhile goes on when it is resumed")
    func paused() async throws {
        try await TestWorker.with { worker in
            let event = try await worker.makeEvent(capacities: [100])
            try await worker.publisher.publish([TestEvents.book(event)], to: event)
            _ = try await worker.outcomes(of: event, count: 1)
            try await worker.setPaused(true, event)
            let queue = BookingTopology.queue(of: event)
            try await worker.withChannel { channel in
                try await eventually {
                    let asked = AMQPQueueDeclaration(name: queue, passive: true)
                    return try await channel.declareQueue(asked).consumerCount == 0
                }
            }
            try await deleteQueue(of: event, worker)
            try await worker.publisher.publish([TestEvents.book(event)], to: event)
            #expect(try await worker.waiting(for: event) == 1)
            try await worker.setPaused(false, event)
            _ = try await worker.outcomes(of: event, count: 2)
        }
    }

    @Test("Without its binding, a booking that comes at once is decided too")
    func unbound() async throws {
        try await TestWorker.with { worker in
            let event = try await worker.makeEvent(capacities: [100])
            for count in 1...3 {
                try await worker.withChannel { channel in
                    try await channel.unbindQueue(
                        BookingTopology.queue(of: event), from: BookingTopology.commands,
                        routingKey: event.description)
                }
                try await worker.publisher.publish([TestEvents.book(event)], to: event)
                _ = try await worker.outcomes(of: event, count: count)
            }
        }
    }
}
