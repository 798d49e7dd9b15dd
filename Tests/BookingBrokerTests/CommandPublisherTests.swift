import AMQP
import BookingDomain
import BookingTestSupport
import Logging
import Testing

@testable import BookingBroker

@Suite("Commands on their way into the line", .timeLimit(.minutes(1)))
struct CommandPublisherTests {
    @Test("A queue that somebody else is making at this moment refuses nobody")
    func queueInTheMaking() async throws {
        let logger = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }
        let broker = try AMQPConfiguration(
            url: TestServices.brokerURL(), connectionName: "tests")
        let publishers = (0..<6).map { _ in
            CommandPublisher(configuration: broker, publishTimeout: .seconds(10), logger: logger)
        }
        let connection = try await AMQPConnection.connect(broker, logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for publisher in publishers { group.addTask { try await publisher.run() } }
            try await eventually { publishers.allSatisfy { $0.state == .connected } }
            let events = try (0..<24).map { _ in try TestEvents.event().id }
            try await withThrowingTaskGroup(of: Void.self) { rush in
                for event in events {
                    let command = try TestEvents.book(event)
                    for publisher in publishers {
                        rush.addTask { try await publisher.publish([command], to: event) }
                    }
                }
                try await rush.waitForAll()
            }
            try await connection.withChannel { channel in
                for event in events {
                    let waiting = try await channel.deleteQueue(BookingTopology.queue(of: event))
                    #expect(waiting == publishers.count)
                }
            }
            group.cancelAll()
        }
        await connection.close()
    }

    @Test(
        "A single attempt says that there is no connection, that there is no queue, and that all is safe"
    )
    func once() async throws {
        let broker = try AMQPConfiguration(
            url: TestServices.brokerURL(), connectionName: "tests")
        let logger = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }
        let publisher = CommandPublisher(
            configuration: broker, publishTimeout: .seconds(10), logger: logger)
        let event = try TestEvents.event().id
        let command = try TestEvents.book(event)
        #expect(await publisher.attempt(command, to: event) == .unavailable)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await publisher.run() }
            try await eventually { publisher.state == .connected }
            #expect(await publisher.attempt(command, to: event) == .unroutable)
            try await publisher.prepareQueue(for: event)
            #expect(await publisher.attempt(command, to: event) == nil)
            let connection = try await AMQPConnection.connect(broker, logger: logger)
            let waiting = try await connection.withChannel { channel in
                try await channel.deleteQueue(BookingTopology.queue(of: event))
            }
            #expect(waiting == 1)
            await connection.close()
            try await publisher.prepareQueue(for: event)
            try await publisher.discardQueue(of: event)
            #expect(await publisher.attempt(command, to: event) == .unroutable)
            group.cancelAll()
        }
    }
}

extension CommandPublisher {
    /// Why a single attempt failed, if it did.
    fileprivate func attempt(
        _ command: Command, to event: EventID
    ) async -> BrokerError.Code? {
        await withCheckedContinuation { continuation in
            publishOnce([command], to: event) { result in
                switch result {
                case .success: continuation.resume(returning: nil)
                case .failure(let error): continuation.resume(returning: error.code)
                }
            }
        }
    }
}
