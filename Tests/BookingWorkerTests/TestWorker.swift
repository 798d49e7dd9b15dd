import AMQP
import BookingBroker
import BookingDomain
import BookingKeys
import BookingMessages
import BookingStore
import BookingTestSupport
import Logging
import Postgres
import Synchronization

@testable import BookingWorker

/// A worker on databases of a test's own and the real broker, with ears for what it publishes.
struct TestWorker: Sendable {
    let databases: TestDatabases
    let broker: AMQPConfiguration
    let publisher: CommandPublisher
    let outcomes: Collected<Booking>
    let events: EventRepository
    let service: WorkerService

    static let quiet = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }

    /// Runs `body` beside a worker (unless `started` is false), and stops the worker after it.
    static func with(
        started: Bool = true, shards: Int = 1, acceptance: MessageAcceptance = MessageAcceptance(),
        authenticator: CommandAuthenticator? = nil,
        _ body: @escaping @Sendable (TestWorker) async throws -> Void
    ) async throws {
        try await TestDatabases.with(shards: shards, connectionsMax: 12) { databases in
            let broker = try AMQPConfiguration(
                url: TestServices.brokerURL(), connectionName: "tests")
            let publisher = CommandPublisher(
                configuration: broker, authenticator: authenticator, publishTimeout: .seconds(5),
                logger: quiet)
            let worker = TestWorker(
                databases: databases, broker: broker, publisher: publisher, outcomes: Collected(),
                events: EventRepository(shards: databases.shardPools),
                service: makeService(
                    databases, broker, name: "worker", acceptance: acceptance))
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await publisher.run() }
                group.addTask { try await worker.hearOutcomes() }
                if started { group.addTask { try await worker.service.run() } }
                try await eventually { publisher.state == .connected }
                try await eventually { worker.outcomes.isListening }
                try await body(worker)
                group.cancelAll()
            }
        }
    }

    static func makeService(
        _ databases: TestDatabases, _ broker: AMQPConfiguration, name: String,
        acceptance: MessageAcceptance = MessageAcceptance()
    ) -> WorkerService {
        WorkerService(
            directory: databases.directory, shards: databases.shards, broker: broker, name: name,
            acceptance: acceptance, logger: quiet, now: { TestEvents.now })
    }

    private func hearOutcomes() async throws {
        let subscriber = OutcomeSubscriber(configuration: broker, logger: Self.quiet)
        try await subscriber.run(
            connected: { outcomes.listen() }, recovering: {},
            received: { message in outcomes.add(message.bookings) })
    }

    /// Gives an event its queue and puts it on sale.
    func makeEvent(shard: Int = 0, capacities: [Int], maxPerUser: Int? = nil) async throws
        -> EventID
    {
        let event = try TestEvents.event(
            shard: shard, capacities: capacities, maxPerUser: maxPerUser)
        try await publisher.prepareQueue(for: event.id)
        try await events.create(event)
        return event.id
    }

    /// Waits until `count` outcomes of `event` have been heard.
    func outcomes(of event: EventID, count: Int) async throws -> [Booking] {
        try await eventually { outcomes.all.count { $0.event == event } >= count }
        return outcomes.all.filter { $0.event == event }
    }

    func stored(_ event: EventID) async throws -> [Booking] {
        try await BookingRepository(shards: databases.shardPools)
            .bookings(of: event, after: 0, limit: 10_000)
    }

    /// Pauses an event, or lets it go on, as an operator does.
    func setPaused(_ isPaused: Bool, _ event: EventID) async throws {
        try await databases.shards[event.shard.rawValue].withConnection { connection in
            try await connection.run(
                script: """
                    UPDATE event SET paused_at = \(isPaused ? "now()" : "NULL") WHERE id = '\(event)';
                    SELECT pg_notify('booking_event', '\(event)');
                    """)
        }
    }

    /// How many messages wait in an event's line, and are in nobody's hands.
    func waiting(for event: EventID) async throws -> Int {
        var count = 0
        try await withChannel { channel in
            let queue = try await channel.declareQueue(
                AMQPQueueDeclaration(name: BookingTopology.queue(of: event), passive: true))
            count = Int(queue.messageCount)
        }
        return count
    }

    /// Runs `body` with a channel of its own.
    func withChannel(_ body: (AMQPChannel) async throws -> Void) async throws {
        let connection = try await AMQPConnection.connect(broker, logger: Self.quiet)
        let channel = try await connection.openChannel()
        try await body(channel)
        await connection.close()
    }

    /// Publishes any bytes into an event's line.
    func publishRaw(
        _ body: String, to event: EventID, type: String = CommandMessage.type,
        headers: AMQPTable = [:]
    ) async throws {
        try await withChannel { channel in
            try await channel.enablePublisherConfirms()
            let confirmation = try await channel.publish(
                AMQPPublishing(body: Array(body.utf8), type: type, headers: headers),
                to: BookingTopology.commands, routingKey: event.description, mandatory: true)
            guard confirmation == .confirmed else { throw BadTestData() }
        }
    }
}

/// What was heard so far.
final class Collected<Element: Sendable>: Sendable {
    private let state = Mutex<(elements: [Element], isListening: Bool)>(([], false))

    var all: [Element] { state.withLock { $0.elements } }
    var isListening: Bool { state.withLock { $0.isListening } }

    func listen() { state.withLock { $0.isListening = true } }
    func add(_ elements: [Element]) { state.withLock { $0.elements += elements } }
}
