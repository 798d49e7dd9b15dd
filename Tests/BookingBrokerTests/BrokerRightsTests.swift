import AMQP
import BookingDomain
import BookingTestSupport
import Foundation
import Logging
import Testing

@testable import BookingBroker

/// What the users of the broker may do: the file of permissions, and the real broker that was given it.
@Suite("Rights at the broker") struct BrokerRightsTests {
    /// What each user may do with which exchanges and queues; an exchange and a queue have one name here.
    private static let matrix = """
        booking.commands      ingress   configure write read
        booking.commands      worker    configure write read
        booking.commands      operator  write
        booking.outcomes      ingress   configure read
        booking.outcomes      worker    configure write
        booking.outcomes      operator  -
        booking.dead          ingress   -
        booking.dead          worker    configure write read
        booking.dead          operator  configure write read
        booking.event.1       ingress   configure write
        booking.event.1       worker    configure write read
        booking.event.1       operator  -
        amq.gen-1             ingress   configure write read
        amq.gen-1             worker    -
        amq.gen-1             operator  -
        """

    /// What no user of a program may touch: the default exchange, which reaches every queue by its name,
    /// and whatever else is on the broker.
    private static let nobodys = [
        "amq.default", "amq.topic", "amq.gen-", "another", "booking.event.", "my-booking.commands",
        "booking.commands2", "booking", "",
    ]

    private struct Permissions: Decodable {
        struct User: Decodable {
            let user: String
            let configure: String
            let write: String
            let read: String

            func rights(on name: String) throws -> String {
                let rights = try [("configure", configure), ("write", write), ("read", read)]
                    .filter { try name.firstMatch(of: Regex($0.1)) != nil }
                return rights.isEmpty ? "-" : rights.map(\.0).joined(separator: " ")
            }
        }

        let permissions: [User]
    }

    @Test("The patterns of each user fit what the matrix says, and nothing else")
    func patterns() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "infra/config/rabbitmq-permissions.json")
        let users = try JSONDecoder().decode(Permissions.self, from: Data(contentsOf: file))
            .permissions
        #expect(users.map(\.user) == BrokerRole.allCases.map { "boxoffice_\($0.rawValue)" })
        for row in Self.matrix.split(separator: "\n") {
            let words = row.split(separator: " ").map(String.init)
            let user = try #require(users.first { $0.user == "boxoffice_\(words[1])" })
            #expect(
                try user.rights(on: words[0]) == words.dropFirst(2).joined(separator: " "), "\(row)"
            )
        }
        for user in users {
            for name in Self.nobodys { #expect(try user.rights(on: name) == "-", "\(name)") }
        }
    }

    @Test(
        "The broker lets a user do what its programs do, and says which right is missing for the rest",
        arguments: BrokerRole.allCases, BrokerDeed.allCases)
    func deeds(role: BrokerRole, deed: BrokerDeed) async throws {
        let event = try TestEvents.event().id
        try await Self.with(try TestServices.brokerURL()) { everybody in
            try await BookingTopology.declare(BookingTopology.Part.allCases, on: everybody)
            try await BookingTopology.declareQueue(of: event, on: everybody)
        }
        var refusal: AMQPError?
        try await Self.with(try TestServices.brokerURL(of: role.rawValue)) { channel in
            do { try await deed.perform(on: channel, event) } catch let error as AMQPError {
                refusal = error
            }
        }
        try await Self.with(try TestServices.brokerURL()) { everybody in
            _ = try await everybody.deleteQueue(BookingTopology.queue(of: event))
            if deed == .buriesLetter { _ = try await everybody.purgeQueue(BookingTopology.dead) }
        }
        guard !deed.roles.contains(role) else {
            #expect(refusal == nil)
            return
        }
        #expect(refusal?.replyCode == 403)
        let words = "\(refusal?.message ?? "")"
        #expect(words.contains("ACCESS_REFUSED"))
        #expect(words.hasSuffix("the user needs the right '\(deed.right)' on it"), "\(words)")
    }

    /// A channel as the user of `url`.
    private static func with(
        _ url: String, _ body: (AMQPChannel) async throws -> Void
    ) async throws {
        let configuration = try AMQPConfiguration(url: url, connectionName: "rights test")
        let logger = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }
        try await AMQPConnection.with(configuration, logger: logger) { connection in
            try await body(try await connection.openChannel())
        }
    }
}

/// A user of the broker, by its file of settings.
enum BrokerRole: String, Sendable, CaseIterable {
    case ingress, worker, `operator`
}

/// Something that a user may try at the broker.
enum BrokerDeed: String, Sendable, CaseIterable {
    case declaresCommands, declaresOutcomes, declaresDead
    case makesEventQueue, bindsEventQueue, deletesEventQueue, consumesEventQueue, purgesEventQueue
    case publishesCommand, publishesOutcome, hearsOutcomes, buriesLetter, readsLetters
    case publishesByQueueName, makesAnotherQueue, makesAnotherExchange

    /// Who may.
    var roles: Set<BrokerRole> {
        switch self {
        case .declaresCommands, .declaresOutcomes, .makesEventQueue, .bindsEventQueue,
            .deletesEventQueue:
            [.ingress, .worker]
        case .declaresDead, .buriesLetter, .readsLetters: [.worker, .operator]
        case .consumesEventQueue, .purgesEventQueue, .publishesOutcome: [.worker]
        case .publishesCommand: [.ingress, .worker, .operator]
        case .hearsOutcomes: [.ingress]
        case .publishesByQueueName, .makesAnotherQueue, .makesAnotherExchange: []
        }
    }

    /// The right that whoever may not lacks first.
    var right: String {
        switch self {
        case .declaresCommands, .declaresOutcomes, .declaresDead, .makesEventQueue,
            .deletesEventQueue, .hearsOutcomes, .makesAnotherQueue, .makesAnotherExchange:
            "configure"
        case .bindsEventQueue, .publishesCommand, .publishesOutcome, .buriesLetter,
            .publishesByQueueName:
            "write"
        case .consumesEventQueue, .purgesEventQueue, .readsLetters: "read"
        }
    }

    func perform(on channel: AMQPChannel, _ event: EventID) async throws {
        let queue = BookingTopology.queue(of: event)
        switch self {
        case .declaresCommands: try await BookingTopology.declare([.commands], on: channel)
        case .declaresOutcomes: try await BookingTopology.declare([.outcomes], on: channel)
        case .declaresDead: try await BookingTopology.declare([.dead], on: channel)
        case .makesEventQueue: try await BookingTopology.declareQueue(of: event, on: channel)
        case .bindsEventQueue:
            try await channel.bindQueue(
                queue, to: BookingTopology.commands, routingKey: event.description)
        case .deletesEventQueue: _ = try await channel.deleteQueue(queue)
        case .consumesEventQueue: _ = try await channel.consume(queue)
        case .purgesEventQueue: _ = try await channel.purgeQueue(queue)
        case .publishesCommand:
            try await publish(to: BookingTopology.commands, key: "nowhere", on: channel)
        case .publishesOutcome: try await publish(to: BookingTopology.outcomes, on: channel)
        case .hearsOutcomes:
            _ = try await channel.consume(
                try await BookingTopology.declareOutcomeQueue(on: channel))
        case .buriesLetter: try await publish(to: BookingTopology.dead, on: channel)
        case .readsLetters: _ = try await channel.consume(BookingTopology.dead)
        case .publishesByQueueName: try await publish(to: "", key: queue, on: channel)
        case .makesAnotherQueue: _ = try await channel.declareQueue(.init(name: "another"))
        case .makesAnotherExchange:
            try await channel.declareExchange("another", kind: .direct, durable: false)
        }
    }

    private func publish(to exchange: String, key: String = "", on channel: AMQPChannel)
        async throws
    {
        try await channel.enablePublisherConfirms()
        _ = try await channel.publish(
            AMQPPublishing(body: [1]), to: exchange, routingKey: key, timeout: .seconds(10))
    }
}
