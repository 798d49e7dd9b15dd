import AMQP
import BookingBroker
import BookingDomain
import BookingMessages
import BookingTestSupport
import BookingWorkerTestSupport

@testable import BookingWorker

/// A source of messages that can be told which queues to consume.
protocol QueueSource: MessageSource {
    func add(_ event: EventID) async throws(BrokerError)
    func remove(_ events: Set<EventID>) async -> [EventID]
}

extension ShardConsumer: QueueSource {}
extension TwinSource: QueueSource {}

/// A broker in which a test publishes and consumes: the twin in memory, or RabbitMQ.
enum QueueKind: String, CaseIterable, Sendable {
    case twin, rabbitMQ

    /// Runs `body` with the broker.
    func with(_ body: @escaping @Sendable (QueueWorld) async throws -> Void) async throws {
        switch self {
        case .twin: try await body(QueueWorld(broker: .twin(TwinBroker())))
        case .rabbitMQ:
            try await TestWorker.with(started: false) { worker in
                let connection = try await AMQPConnection.connect(
                    worker.broker, logger: TestWorker.quiet)
                try await body(QueueWorld(broker: .rabbitMQ(worker, connection)))
                await connection.close()
            }
        }
    }
}

struct QueueWorld: Sendable {
    enum Broker: Sendable {
        case twin(TwinBroker)
        case rabbitMQ(TestWorker, AMQPConnection)
    }

    let broker: Broker

    /// An event with a queue, at one of the places of a source's channels.
    func makeEvent(place: Int = 0) async throws -> EventID {
        var event = try TestEvents.event().id
        while Int(event.bits % UInt128(ShardConsumer.channelsMax)) != place {
            event = try TestEvents.event().id
        }
        switch broker {
        case .twin: break
        case .rabbitMQ(let worker, _): try await worker.publisher.prepareQueue(for: event)
        }
        return event
    }

    /// Publishes commands, each in a message of its own; returns the messages' bodies.
    func publish(_ count: Int, to event: EventID) async throws -> [[UInt8]] {
        var bodies: [[UInt8]] = []
        for _ in 0..<count {
            let command = try TestEvents.book(event)
            bodies.append(CommandMessage(event: event, commands: [command]).encoded)
            switch broker {
            case .twin(let broker): broker.publish([command], to: event)
            case .rabbitMQ(let worker, _): try await worker.publisher.publish([command], to: event)
            }
        }
        return bodies
    }

    func source() async throws -> any QueueSource {
        switch broker {
        case .twin(let broker): broker.source()
        case .rabbitMQ(_, let connection): try await ShardConsumer(on: connection)
        }
    }

    /// Waits until so many messages of an event wait, and are in nobody's hands.
    func untilWaiting(_ count: Int, for event: EventID) async throws {
        switch broker {
        case .twin(let broker):
            guard broker.waiting(for: event) == count else { throw BadTestData() }
        case .rabbitMQ(let worker, _):
            try await eventually { try await worker.waiting(for: event) == count }
        }
    }
}

extension MessageSource {
    /// The next so many messages.
    func take(_ count: Int) async throws -> [QueuedMessage] {
        var messages: [QueuedMessage] = []
        while messages.count < count { messages += try await next(max: count - messages.count) }
        return messages
    }
}
