import AMQP
import BookingBroker
import BookingDomain
import BookingManagement
import BookingMessages
import BookingStore
import BookingTestSupport
import HTTPTypes
import Logging
import Postgres
import JSON
import Testing

@testable import BookingIngress

/// The ingress over real databases and a real broker, the test in the place of the worker.
///
/// What the tests beside this one see through the stores and the broker in memory holds here as well.
@Suite(.timeLimit(.minutes(2)))
struct RealServicesTests {
    /// An ingress, the databases below it, and the worker's ends of the broker.
    private struct Scene: Sendable {
        let client: TestClient
        let server: IngressServer
        let databases: TestDatabases
        let broker: AMQPConfiguration
        let outcomes: OutcomePublisher

        /// Reads the next message from an event's queue, as its worker would.
        func nextCommands(of event: EventID) async throws -> [Command] {
            let connection = try await AMQPConnection.connect(broker, logger: TestIngress.quiet)
            let channel = try await connection.openChannel()
            _ = try await channel.consume(BookingTopology.queue(of: event))
            var commands: [Command] = []
            for case .delivery(let delivery) in try await channel.nextEvents(max: 1) {
                let received = try ReceivedCommands(
                    body: delivery.body, type: delivery.properties.type, queueOf: event)
                for case .command(let command) in received.entries {
                    commands.append(command)
                }
                try await channel.acknowledge(upTo: delivery.deliveryTag, multiple: false)
            }
            await connection.close()
            return commands
        }

        /// Writes a decided booking as it is, without the counts.
        func store(_ booking: Booking) async throws {
            let items = booking.basket?.items ?? []
            let types = items.map { "\($0.ticketType)" }.joined(separator: ",")
            let quantities = items.map { "\($0.quantity.rawValue)" }.joined(separator: ",")
            let user = booking.user.map { "'\($0)'" } ?? "NULL"
            let script = """
                INSERT INTO booking (key, event_id, sequence, user_id, status, ticket_types,
                    quantities, created_at, decided_at, epoch)
                VALUES ('\(booking.key)', '\(booking.event)', \(booking.sequence), \(user),
                    '\(booking.status.rawValue)', '{\(types)}', '{\(quantities)}',
                    '\(booking.createdAt.rfc3339)', '\(booking.decidedAt.rfc3339)', 1)
                """
            try await databases.shards[booking.event.shard.rawValue].withConnection { connection in
                try await connection.run(script: script)
            }
        }
    }

    private func withServices(_ body: @Sendable (Scene) async throws -> Void) async throws {
        try await TestDatabases.with(shards: 2) { databases in
            let broker = try AMQPConfiguration(
                url: TestServices.brokerURL(), connectionName: "tests")
            let commands = CommandPublisher(
                configuration: broker, publishTimeout: .seconds(5), logger: TestIngress.quiet)
            let outcomes = OutcomePublisher(
                configuration: broker, publishTimeout: .seconds(5), logger: TestIngress.quiet)
            let dependencies = IngressDependencies(
                users: UserRepository(directory: databases.directory),
                sessions: SessionRepository(directory: databases.directory),
                events: EventRepository(shards: databases.shardPools),
                bookings: BookingRepository(shards: databases.shardPools),
                kinds: KindRepository(shards: databases.shardPools), shardCount: 2,
                commands: commands,
                outcomes: OutcomeSubscriber(configuration: broker, logger: TestIngress.quiet),
                secrets: try IngressSecrets(TestIngress.secret).orThrow())
            try await withThrowingTaskGroup { group in
                group.addTask { try await outcomes.run() }
                try await TestIngress.serve(dependencies) { server, port, _ in
                    let scene = Scene(
                        client: TestClient(port: port), server: server, databases: databases,
                        broker: broker, outcomes: outcomes)
                    try await untilHealthy(server, outcomes)
                    try await body(scene)
                }
                group.cancelAll()
            }
        }
    }

    private func untilHealthy(_ server: IngressServer, _ outcomes: OutcomePublisher) async throws {
        let deadline = ContinuousClock.now + .seconds(20)
        while true {
            var ailing = outcomes.state == .connected ? [] : ["the test's own publisher"]
            for check in server.healthChecks {
                let status = await check.check()
                if status != .healthy { ailing.append(check.name) }
            }
            if ailing.isEmpty { return }
            try #require(ContinuousClock.now < deadline, "still unhealthy: \(ailing)")
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    @Test("a booking goes from the request to the event's queue, and its outcome back to who waits")
    func wayOfABooking() async throws {
        try await withServices { scene in
            let organizer = try await scene.client.newUser(.organizer)
            let (event, types) = try await organizer.newEvent(capacities: [10, 5])
            let buyer = try await scene.client.newUser()
            async let waiting = buyer.book(types[1], quantity: 2, key: "k", prefer: "wait=20")
            let command = try #require(try await scene.nextCommands(of: event).first)
            #expect(command.basket == (try TestEvents.basket([2: 2])))
            let number = try TicketTypeNumber(2).orThrow()
            let booking = try TestBookings.decided(command, event: event)
            try await scene.outcomes.publish(
                OutcomeMessage(
                    shard: event.shard, batch: 1, bookings: [booking],
                    events: [
                        EventState(
                            id: event, version: 2, sequence: 1, status: .onSale,
                            ticketTypes: [
                                TicketTypeState(number: number, capacity: 5, available: 3)
                            ])
                    ]))
            let answer = try await waiting
            #expect(answer.status == 201)
            #expect(answer.json?["status"] == .string("confirmed"))
            let shown = try await scene.client.send(.get, "/v1/events/\(event)")
            #expect(shown.json?["ticketTypes"]?.array?.last?["available"] == .integer(3))
            // Sent again it is the same booking, and nothing is published.
            let again = try await buyer.book(types[1], quantity: 2, key: "k")
            #expect(again.json?["id"] == answer.json?["id"])
            let status = try await buyer.send(.get, answer.header("location") ?? "")
            #expect(status.json?["status"] == .string("confirmed"))
        }
    }

    @Test("accounts, events and bookings are kept, found and listed by the databases")
    func stored() async throws {
        try await withServices { scene in
            let account = #"{"email":"Ada@example.org","name":"Ada","password":"correct horse"}"#
            let signUps = [
                try await scene.client.send(.post, "/v1/users", body: account).status,
                try await scene.client.send(.post, "/v1/users", body: account.lowercased()).status,
            ]
            #expect(signUps == [201, 409])
            let organizer = try await scene.client.newUser(.organizer)
            #expect(
                try await organizer.send(.get, "/v1/users/me").json?["role"] == .string("organizer")
            )
            var events: Set<String> = []
            for _ in 0..<5 { events.insert(try await organizer.newEvent().id.description) }
            _ = try await organizer.newEvent(status: "draft")
            let first = try await scene.client.send(.get, "/v1/events?limit=3")
            let cursor = try #require(first.json?["nextCursor"]?.string)
            let second = try await scene.client.send(.get, "/v1/events?limit=3&cursor=\(cursor)")
            let listed = [first, second].flatMap { page in
                page.json?["items"]?.array?.compactMap { $0["id"]?.string } ?? []
            }
            #expect(listed == events.sorted(by: >))
        }
    }

    @Test("a booking decided while nobody listened is found in the database, and in the lists")
    func decidedElsewhere() async throws {
        try await withServices { scene in
            let organizer = try await scene.client.newUser(.organizer)
            let (event, types) = try await organizer.newEvent()
            let buyer = try await scene.client.newUser()
            let taken = try await buyer.book(types[0], quantity: 3)
            let path = try #require(taken.header("location"))
            #expect(try await buyer.send(.get, path).json?["status"] == .string("pending"))
            let command = try #require(try await scene.nextCommands(of: event).first)
            try await scene.store(try TestBookings.decided(command, event: event))
            let shown = try await buyer.send(.get, path, headers: [("prefer", "wait=20")])
            #expect(shown.json?["status"] == .string("confirmed"))
            for (client, list) in [
                (buyer, "/v1/users/me/bookings"), (organizer, "/v1/events/\(event)/bookings"),
            ] {
                let page = try await client.send(.get, list)
                let items = page.json?["items"]?.array
                #expect(items?.count == 1)
                for member in ["id", "status", "sequence", "decidedAt"] {
                    #expect(items?.first?[member] == shown.json?[member])
                }
                let isMine = client.token == buyer.token
                #expect(items?.first?["eventTitle"] == (isMine ? .string("Opera") : nil))
                #expect(page.json?["nextCursor"] == nil)
            }
        }
    }

    @Test("an event without its queue gets it with the first booking")
    func queueOnDemand() async throws {
        try await withServices { scene in
            let event = try TestEvents.event(shard: 1)
            try await EventRepository(shards: scene.databases.shardPools).create(event)
            let buyer = try await scene.client.newUser()
            let taken = try await buyer.book("\(event.id).1")
            #expect(taken.status == 202)
            #expect(try await scene.nextCommands(of: event.id).count == 1)
        }
    }
}
