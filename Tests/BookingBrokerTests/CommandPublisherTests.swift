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
}
