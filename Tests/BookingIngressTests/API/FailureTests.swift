import BookingManagement
import BookingBroker
import BookingDomain
import BookingTestSupport
import HTTPTypes
import JSON
import ProblemDetails
import ServiceLifecycle
import Testing

@testable import BookingIngress

struct FailureTests {
    @Test(
        "while the broker is away, submissions get 503 at once, and work again when it is back"
    )
    func brokerAway() async throws {
        try await TestIngress.with { ingress in
            let (_, types) = try await ingress.client.newUser(.organizer).newEvent()
            let buyer = try await ingress.client.newUser()
            ingress.broker.fail(with: BrokerError(.unavailable, "away"))
            for prefer in [nil, "wait=20"] {
                let start = ContinuousClock.now
                let answer = try await buyer.book(types[0], key: "k", prefer: prefer)
                #expect(answer.status == 503)
                #expect(answer.slug == "unavailable")
                #expect(answer.header("retry-after") == "1")
                // Well below the deadline of requests, whatever else the machine is doing.
                #expect(ContinuousClock.now - start < .seconds(3))
            }
            ingress.broker.fail(with: nil)
            #expect(try await buyer.book(types[0], key: "k").status == 202)
        }
    }

    @Test(
        "a broker that is there but takes no messages is not said to be silent",
        arguments: [
            (true, "The broker takes no messages now."), (false, "The broker does not answer now."),
        ])
    func brokerFull(isReachable: Bool, detail: String) async throws {
        try await TestIngress.with { ingress in
            let (_, types) = try await ingress.client.newUser(.organizer).newEvent()
            let buyer = try await ingress.client.newUser()
            ingress.broker.setReachable(isReachable)
            ingress.broker.fail(with: BrokerError(.unavailable, "short of memory"))
            let answer = try await buyer.book(types[0])
            #expect(answer.status == 503)
            #expect(answer.slug == "unavailable")
            #expect(answer.json?["detail"] == .string(detail))
        }
    }

    @Test("a broker that hangs is not waited for as long as the request may take")
    func brokerHangs() async throws {
        try await TestIngress.with {
            $0.publishPatience = .milliseconds(900)
        } _: { ingress in
            let (_, types) = try await ingress.client.newUser(.organizer).newEvent()
            let buyer = try await ingress.client.newUser()
            ingress.broker.shutGate()
            for prefer in [nil, "wait=20"] {
                let start = ContinuousClock.now
                let answer = try await buyer.book(types[0], prefer: prefer)
                #expect(answer.status == 503)
                #expect(ContinuousClock.now - start < .seconds(3))
            }
            ingress.broker.openGate()
        }
    }

    @Test(
        "while the database is away, bookings are taken, events shown, and nothing is said wrongly")
    func databaseAway() async throws {
        try await TestIngress.with { ingress in
            let (event, types) = try await ingress.client.newUser(.organizer).newEvent()
            let buyer = try await ingress.client.newUser()
            ingress.stores.goAway()
            let taken = try await buyer.book(types[0])
            #expect(taken.status == 202)
            #expect(try await ingress.client.send(.get, "/v1/events/\(event)").status == 200)
            let id = try #require(taken.json?["id"]?.string)
            // Pending or decided: only the database could tell.
            for headers in [[], [("prefer", "wait=1")]] {
                let status = try await buyer.send(.get, "/v1/bookings/\(id)", headers: headers)
                #expect(status.status == 503)
                #expect(status.slug == "unavailable")
            }
            let waited = try await buyer.book(types[0], prefer: "wait=1")
            #expect(waited.status == 202)
            let unknown = try TestEvents.event().id
            #expect(try await ingress.client.send(.get, "/v1/events/\(unknown)").status == 503)
            #expect(try await buyer.send(.get, "/v1/users/me/bookings").status == 503)
        }
    }

    @Test("a request that takes too long is given up, and told so")
    func deadline() async throws {
        try await TestIngress.with(configure: { $0.requestDeadline = .milliseconds(100) }) {
            ingress in
            ingress.stores.shutGate()
            let event = try TestEvents.event().id
            let answer = try await ingress.client.send(.get, "/v1/events/\(event)")
            #expect(answer.status == 503)
            #expect(answer.slug == "deadline-exceeded")
            ingress.stores.openGate()
        }
    }

    @Test("more waiters than there is room for are refused, and their bookings not taken")
    func waiters() async throws {
        try await TestIngress.with(configure: { $0.waitersMax = 1 }) { ingress in
            let (_, types) = try await ingress.client.newUser(.organizer).newEvent()
            let buyer = try await ingress.client.newUser()
            async let first = buyer.book(types[0], prefer: "wait=1")
            try await eventually("a command is published") { !ingress.broker.published.isEmpty }
            let second = try await buyer.book(types[0], prefer: "wait=1")
            #expect(second.status == 503)
            #expect(second.slug == "overloaded")
            #expect(ingress.broker.published.count == 1)
            let firstAnswer = try await first
            #expect(firstAnswer.status == 202)
        }
    }

    @Test("the health checks name what is away")
    func health() async throws {
        try await TestIngress.with { ingress in
            func unhealthy() async -> [String] {
                var names: [String] = []
                for check in ingress.server.healthChecks where await check.check() != .healthy {
                    names.append(check.name)
                }
                return names
            }
            try await ingress.broker.reconnect()
            #expect(await unhealthy() == [])
            ingress.broker.fail(with: BrokerError(.unavailable, "away"))
            #expect(await unhealthy() == ["broker"])
            let broker = try #require(
                ingress.server.healthChecks.first { $0.name == "broker" })
            #expect(await broker.check() == .unhealthy("unavailable: away"))
            // Short of memory, say: what was accepted is still told.
            ingress.broker.setReachable(true)
            #expect(await broker.check() == .degraded("unavailable: away"))
            ingress.broker.fail(with: nil)
            ingress.stores.goAway()
            let databases = (0..<4).map { "shard-\($0)-database" }
            #expect(await unhealthy() == ["directory-database"] + databases)
        }
    }

    @Test("stopping ends waits early, with what is known, and takes in nothing more")
    func stopping() async throws {
        try await TestIngress.with { ingress in
            let (_, types) = try await ingress.client.newUser(.organizer).newEvent()
            let buyer = try await ingress.client.newUser()
            let start = ContinuousClock.now
            async let waiting = buyer.book(types[0], prefer: "wait=30")
            try await eventually("somebody waits for what is published") {
                ingress.waiters > 0 && !ingress.broker.published.isEmpty
            }
            await ingress.services.triggerGracefulShutdown()
            let answer = try await waiting
            #expect(answer.status == 202)
            #expect(ContinuousClock.now - start < .seconds(10))
        }
    }
}
