import BookingDomain
import BookingTestSupport
import HTTPTypes
import Hummingbird
import JSON
import Testing

@testable import BookingIngress

struct ServerTests {
    @Test("the routes do not clash, and are those of the contract")
    func routes() async throws {
        let stores = FakeStores()
        let broker = FakeBroker()
        let application = try await IngressApplication(
            IngressConfiguration(),
            IngressDependencies(
                users: stores, sessions: stores, events: stores, bookings: stores, kinds: stores,
                shardCount: 1, commands: broker, outcomes: broker,
                secrets: try IngressSecrets(TestIngress.secret).orThrow()),
            logger: TestIngress.quiet)
        let router = application.router()
        try router.validate()
        let contract: Set = [
            "POST /v1/users", "POST /v1/sessions", "GET /v1/users/me", "POST /v1/events",
            "GET /v1/events", "GET /v1/events/{event}",
            "GET /v1/bookings/{booking}", "GET /v1/users/me/bookings",
            "GET /v1/events/{event}/bookings", "DELETE /v1/sessions/current", "PATCH /v1/users/me",
        ]
        #expect(contract.isSubset(of: router.routes.map(\.description)))
        // Submissions do not get here.
        #expect(!router.routes.map(\.description).contains("POST /v1/events/{event}/bookings"))
    }

    @Test("a bad shard count stops the start")
    func badSetup() async throws {
        let stores = FakeStores()
        let broker = FakeBroker()
        for shards in [0, 4097] {
            await #expect(throws: IngressError.badShardCount) {
                try await IngressServer(
                    configuration: IngressConfiguration(),
                    dependencies: IngressDependencies(
                        users: stores, sessions: stores, events: stores, bookings: stores,
                        kinds: stores, shardCount: shards, commands: broker, outcomes: broker,
                        secrets: try IngressSecrets(TestIngress.secret).orThrow()),
                    logger: TestIngress.quiet)
            }
        }
    }

    @Test("every answer has the number of its request, also errors; HEAD is answered like GET")
    func requestID() async throws {
        try await TestIngress.with { ingress in
            let (event, _) = try await ingress.client.newUser(.organizer).newEvent()
            var numbers: Set<String> = []
            for (method, path, status) in [
                (HTTPRequest.Method.get, "/v1/events/\(event)", 200), (.get, "/nowhere", 404),
                (.delete, "/v1/events", 405), (.head, "/v1/events/\(event)", 200),
                (.head, "/nowhere", 404), (.get, "/v1/users/me", 401),
            ] {
                let answer = try await ingress.client.send(method, path)
                #expect(answer.status == status)
                numbers.insert(try #require(answer.header("x-request-id")))
                if method == .head { #expect(answer.text.isEmpty) }
            }
            #expect(numbers.count == 6)
        }
    }

    @Test("a 405 tells what is allowed")
    func allowed() async throws {
        try await TestIngress.with { ingress in
            for path in ["/v1/events", "/v1/events/1/bookings"] {
                let answer = try await ingress.client.send(.put, path)
                #expect(answer.status == 405)
                #expect(answer.header("allow") == "GET, HEAD, POST")
            }
        }
    }
}
