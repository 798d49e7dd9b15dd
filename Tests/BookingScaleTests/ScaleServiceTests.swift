import AMQP
import BookingBroker
import BookingDomain
import BookingTestSupport
import Foundation
import Logging
import ServiceLifecycle
import Testing

@testable import BookingScale

@Suite("Scaling", .timeLimit(.minutes(1)))
struct ScaleServiceTests {
    private struct Lines: LineReader {
        let answer: Result<[EventID: Int], UnknownReading>

        func lines() async throws(UnknownReading) -> [EventID: Int] { try answer.get() }
    }

    private struct Shards: ShardReader {
        func shards() async throws(UnknownReading) -> [ShardNumber: ShardReading] {
            FleetFixture().shards
        }
    }

    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func board(
        reading lines: Result<[EventID: Int], UnknownReading>
    ) async throws -> ScaleBoard {
        let board = ScaleBoard()
        #expect(board.decision == nil)
        #expect(board.obstacle == "not read yet")
        let service = ScaleService(
            plan: FleetFixture.plan(), lines: Lines(answer: lines), shards: Shards(), board: board,
            fleet: nil, logger: Self.logger)
        let group = ServiceGroup(services: [service], logger: Self.logger)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            try await eventually("the queues are read") { board.obstacle != "not read yet" }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
        return board
    }

    @Test("The board shows the last decision")
    func known() async throws {
        let board = try await board(reading: .success([FleetFixture.event(in: 1): 17]))
        #expect(board.obstacle == nil)
        #expect(board.decision?.to == 1)
        #expect(board.decision?.backlogSum.messages == 17)
    }

    @Test("As long as nothing could be read, there is no number to go by")
    func unknown() async throws {
        let board = try await board(reading: .failure(UnknownReading("no broker")))
        #expect(board.obstacle == "no broker")
        #expect(board.decision == nil)
    }

    @Test("Once there was a number, it is held")
    func held() {
        let board = ScaleBoard()
        var fleet = FleetFixture()
        board.post(fleet.second())
        let decision = fleet.plan.decide(
            on: FleetReading(
                at: fleet.now, lines: .failure(UnknownReading("gone")),
                shards: .success(fleet.shards)))
        board.post(decision)
        #expect(board.obstacle == "gone")
        #expect(board.decision?.to == 1)
    }

    @Test("RabbitMQ's own page is understood: three messages in a line are three")
    func broker() async throws {
        let environment = ProcessInfo.processInfo.environment
        let nodes = try #require(environment["BOXOFFICE_BROKER_METRICS_URLS"])
        let url = try #require(environment["BOXOFFICE_TEST_AMQP_URL"])
        let configuration = try AMQPConfiguration(url: url, connectionName: "scale test")
        let event = EventID(
            shard: try #require(ShardNumber(0)), now: Instant(microsecondsSinceEpoch: 0),
            random: .random(in: .min ... .max))
        let queue = BookingTopology.queue(of: event)
        let connection = try await AMQPConnection.connect(configuration, logger: Self.logger)
        try await connection.withChannel { channel in
            _ = try await channel.declareQueue(
                AMQPQueueDeclaration(
                    name: queue, durable: true, arguments: ["x-queue-type": .string("quorum")]))
            try await channel.enablePublisherConfirms()
            for _ in 1...3 {
                _ = try await channel.publish(
                    AMQPPublishing(body: [1]), to: "", routingKey: queue, mandatory: true)
            }
        }
        let count = try await BrokerReader.withReader(
            nodes: nodes.split(separator: ",").map { "\($0)/" },
            virtualHost: configuration.virtualHost, logger: Self.logger
        ) { reader in
            let deadline = ContinuousClock.now + .seconds(20)
            while ContinuousClock.now < deadline {
                if let count = try await reader.lines()[event], count > 0 { return count }
                try await Task.sleep(for: .milliseconds(100))
            }
            return 0
        }
        #expect(count == 3)
        _ = try await connection.withChannel { try await $0.deleteQueue(queue) }
        await connection.close()
    }

    @Test("A broker that does not answer, or has no such page, makes the lines unknown")
    func silence() async throws {
        let url = try #require(
            ProcessInfo.processInfo.environment["BOXOFFICE_BROKER_METRICS_URLS"])
        let node = try #require(url.split(separator: ",").first)
        for (nodes, words) in [
            ([String(node), "http://127.0.0.1:1"], "do not answer"), (["\(node)/no"], "answer 404"),
        ] {
            try await BrokerReader.withReader(nodes: nodes, virtualHost: "/ö", logger: Self.logger)
            {
                reader in
                let error = await #expect(throws: UnknownReading.self) { try await reader.lines() }
                #expect(error?.description.contains(words) == true)
            }
        }
    }
}
