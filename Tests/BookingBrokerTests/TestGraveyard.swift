import AMQP
import BookingDomain
import BookingKeys
import BookingTestSupport
import Foundation
import Logging
import Synchronization

@testable import BookingBroker

/// A queue of the dead of a test's own, on the real broker; gone when the test is over.
final class TestGraveyard: Sendable {
    let letters: DeadLetterQueue
    /// What gives letters that are replayed their codes.
    let authenticator: CommandAuthenticator

    private let queue: String
    private let connection: AMQPConnection
    private let channel: AMQPChannel
    private let queues: Mutex<[String]>

    private init() async throws {
        let logger = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }
        let broker = try AMQPConfiguration(
            url: TestServices.brokerURL(), connectionName: "tests")
        queue = "test.dead.\(UUID().uuidString)"
        queues = Mutex([queue])
        authenticator = CommandAuthenticator(
            try SecretList([UInt8](repeating: 7, count: 32)).orThrow())
        letters = DeadLetterQueue(
            configuration: broker, queue: queue, authenticator: authenticator, logger: logger)
        connection = try await AMQPConnection.connect(broker, logger: logger)
        channel = try await connection.openChannel()
        try await channel.enablePublisherConfirms()
        _ = try await channel.declareQueue(
            AMQPQueueDeclaration(name: queue, arguments: ["x-queue-type": "quorum"]))
    }

    static func with(_ body: (TestGraveyard) async throws -> Void) async throws {
        let graveyard = try await TestGraveyard()
        let result: Result<Void, any Error>
        do { result = .success(try await body(graveyard)) } catch { result = .failure(error) }
        for queue in graveyard.queues.withLock({ $0 }) {
            _ = try? await graveyard.channel.deleteQueue(queue)
        }
        await graveyard.connection.close()
        try result.get()
    }

    /// Buries a message as a worker does.
    func bury(
        _ text: String, of event: EventID? = nil, queue: String? = nil, problem: String = "none",
        id: String? = nil
    ) async throws {
        let origin = event.map(BookingTopology.queue(of:)) ?? queue ?? "booking.event.unknown"
        let letter = AMQPPublishing(
            body: Array(text.utf8), type: "booking.commands.v1", messageID: id,
            headers: [
                "x-boxoffice-queue": .string(origin), "x-boxoffice-problem": .string(problem),
            ])
        try await publish(letter, to: self.queue)
    }

    /// Lets the broker bury a message that a consumer of the event's line refuses.
    func refuse(_ text: String, of event: EventID) async throws {
        let line = BookingTopology.queue(of: event)
        queues.withLock { $0.append(line) }
        _ = try await channel.declareQueue(
            AMQPQueueDeclaration(
                name: line,
                arguments: [
                    "x-queue-type": "quorum", "x-dead-letter-exchange": "",
                    "x-dead-letter-routing-key": .string(queue),
                ]))
        try await publish(AMQPPublishing(body: Array(text.utf8)), to: line)
        try await connection.withChannel { channel in
            _ = try await channel.consume(line)
            for case .delivery(let delivery) in try await channel.nextEvents(max: 1) {
                try await channel.reject(delivery.deliveryTag, requeue: false)
            }
        }
        while try await letters.letters(max: 1).count == 0 {}
    }

    /// An event with a line that nobody consumes.
    func makeLine() async throws -> EventID {
        let event = try TestEvents.event().id
        queues.withLock { $0.append(BookingTopology.queue(of: event)) }
        try await BookingTopology.declare([.commands], on: channel)
        try await BookingTopology.declareQueue(of: event, on: channel)
        return event
    }

    /// Takes messages from a queue for good.
    func take(_ count: Int, from queue: String) async throws -> [AMQPDelivery] {
        try await connection.withChannel { channel in
            _ = try await channel.consume(queue)
            var deliveries: [AMQPDelivery] = []
            while deliveries.count < count {
                for case .delivery(let delivery) in try await channel.nextEvents(max: count) {
                    try await channel.acknowledge(upTo: delivery.deliveryTag, multiple: false)
                    deliveries.append(delivery)
                }
            }
            return deliveries
        }
    }

    /// Runs `body` while somebody else has taken the letters.
    func whileConsumed(_ body: () async throws -> Void) async throws {
        try await connection.withChannel { channel in
            _ = try await channel.consume(queue)
            _ = try await channel.nextEvents(max: 1)
            try await body()
        }
    }

    func texts() async throws -> [String] {
        try await letters.letters(max: 1000).letters.map(\.text)
    }

    /// The texts of what was discarded.
    func discard(_ choice: LetterChoice) async throws -> [String] {
        var texts: [String] = []
        try await letters.discard(choice) { texts.append($0.text) }
        return texts
    }

    /// What became of each letter that was meant.
    func replay(_ choice: LetterChoice, doubtful: Bool = false) async throws -> [String] {
        var texts: [String] = []
        try await letters.replay(choice, doubtful: doubtful) { texts.append("\($0.text): \($1)") }
        return texts
    }

    private func publish(_ message: AMQPPublishing, to queue: String) async throws {
        let confirmation = try await channel.publish(
            message, to: "", routingKey: queue, mandatory: true)
        guard confirmation == .confirmed else { throw BadTestData() }
    }
}
