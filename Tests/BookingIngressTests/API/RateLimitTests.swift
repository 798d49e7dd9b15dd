import BookingDomain
import HTTPTypes
import JSON
import Testing

@testable import BookingIngress

/// The budgets of accounts and addresses, seen from outside.
struct RateLimitTests {
    private static func remaining(_ answer: TestClient.Answer) -> Int? {
        answer.header("ratelimit")?.split(separator: ";").first { $0.hasPrefix("r=") }
            .flatMap { Int($0.dropFirst(2)) }
    }

    @Test("a read draws on the account's budget, or on the address's where nobody is signed in")
    func reads() async throws {
        try await TestIngress.with(limiter: TestIngress.frozenLimiter) { ingress in
            let (ada, eve) = (
                try await ingress.client.newUser(), try await ingress.client.newUser()
            )
            for client in [ada, eve] {
                let answer = try await client.send(.get, "/v1/users/me")
                #expect(answer.header("ratelimit-policy") == #""reads";q=1000;w=5"#)
                #expect(Self.remaining(answer) == 999)
            }
            let anonymous = try await ingress.client.send(.get, "/v1/events")
            #expect(anonymous.header("ratelimit-policy") == #""reads-by-address";q=10000;w=5"#)
            #expect(anonymous.header("ratelimit")?.hasSuffix(";t=1") == true)
            let head = try await ingress.client.send(.head, "/v1/events")
            #expect(Self.remaining(head) == 9998)
        }
    }

    @Test("a token that is not right is told so, and of no budget")
    func wrongToken() async throws {
        try await TestIngress.with(limiter: TestIngress.frozenLimiter) { ingress in
            let answer = try await ingress.client.signedIn("x").send(.get, "/v1/users/me")
            #expect(answer.status == 401)
            #expect(answer.slug == "invalid-token")
            #expect(answer.header("ratelimit") == nil)
        }
    }

    @Test("who submits without being anybody draws on the budget of the address")
    func submissionsOfNobody() async throws {
        try await TestIngress.with(limiter: TestIngress.frozenLimiter) { ingress in
            let organizer = try await ingress.client.newUser(.organizer)
            let type = try await organizer.newEvent(capacities: [1]).ticketTypes[0]
            let before = try #require(
                Self.remaining(try await ingress.client.send(.get, "/v1/events")))
            for client in [ingress.client, ingress.client.signedIn("x")] {
                for _ in 0..<3 { #expect(try await client.book(type).status == 401) }
            }
            let after = try await ingress.client.send(.get, "/v1/events")
            #expect(Self.remaining(after) == before - 7)
        }
    }

    @Test("a submission that is refused for what it says draws on the account's reads")
    func refusedSubmissions() async throws {
        try await TestIngress.with(limiter: TestIngress.frozenLimiter) { ingress in
            let organizer = try await ingress.client.newUser(.organizer)
            let type = try await organizer.newEvent(capacities: [10]).ticketTypes[0]
            let ada = try await ingress.client.newUser()
            #expect(try await ada.book(type, key: "one").status == 202)
            #expect(try await ada.book(type, quantity: 0).status == 422)
            #expect(try await ada.book(type + "9").status == 422)
            #expect(try await ada.book(type, quantity: 2, key: "one").status == 422)
            #expect(try await ada.book(type, key: "one").status == 202, "a repetition is free")
            #expect(Self.remaining(try await ada.send(.get, "/v1/users/me")) == 996)
            let last = try await ada.book(type)
            #expect(last.header("ratelimit") == #""submissions";r=98;t=1"#)
        }
    }

    @Test("who goes on with refused submissions is told to come again later")
    func floodOfRefusedSubmissions() async throws {
        try await TestIngress.with(limiter: TestIngress.frozenLimiter) { ingress in
            let ada = try await ingress.client.newUser()
            let answers = try await Self.together(1010) { _ in
                try await ada.send(.post, "/v1/events/none/bookings", body: "{}")
            }
            #expect(answers.count { $0.status == 404 } == 1000)
            #expect(answers.count { $0.status == 429 && $0.slug == "quota-exceeded" } == 10)
        }
    }

    @Test("an organizer may make a hundred events at once, and is told when to come again")
    func events() async throws {
        try await TestIngress.with(limiter: TestIngress.frozenLimiter) { ingress in
            let organizer = try await ingress.client.newUser(.organizer)
            var answers: [Int: Int] = [:]
            var last: TestClient.Answer?
            for _ in 0..<120 {
                let answer = try await organizer.send(
                    .post, "/v1/events",
                    body: """
                        {"title":"Opera","startsAt":"2030-01-01T20:00:00Z","status":"draft",
                         "ticketTypes":[{"name":"Seats","capacity":1}]}
                        """)
                answers[answer.status, default: 0] += 1
                if answer.status == 429 { last = answer }
            }
            #expect(answers == [201: 100, 429: 20])
            let refused = try #require(last)
            #expect(refused.isProblem)
            #expect(refused.json?["violated-policies"] == .array([.string("events")]))
            #expect(["1", "2"].contains(refused.header("retry-after")))
            #expect(refused.header("ratelimit-policy") == #""events";q=100;w=100"#)
            #expect(refused.header("ratelimit") == #""events";r=0;t=1"#)
            #expect(try await organizer.send(.get, "/v1/users/me").status == 200)
        }
    }

    @Test("a buyer may ask for a hundred bookings at once; a neighbour is not concerned")
    func submissions() async throws {
        try await TestIngress.with(limiter: TestIngress.frozenLimiter) { ingress in
            let organizer = try await ingress.client.newUser(.organizer)
            let type = try await organizer.newEvent(capacities: [1000]).ticketTypes[0]
            let (ada, eve) = (
                try await ingress.client.newUser(), try await ingress.client.newUser()
            )
            let first = try await ada.book(type)
            #expect(first.status == 202)
            #expect(first.header("ratelimit-policy") == #""submissions";q=100;w=5"#)
            #expect(first.header("ratelimit") == #""submissions";r=99;t=1"#)
            let answers = try await Self.together(250) { _ in try await ada.book(type) }
            let refused = answers.filter { $0.status == 429 }
            let accepted = answers.count { $0.status == 202 }
            #expect(accepted == 99)
            #expect(refused.count == 151)
            let one = try #require(refused.first)
            #expect(one.isProblem)
            #expect(one.json?["violated-policies"] == .array([.string("submissions")]))
            #expect(["1", "2"].contains(one.header("retry-after")))
            #expect(one.header("ratelimit") == #""submissions";r=0;t=1"#)
            #expect(try await eve.book(type).status == 202)
        }
    }

    @Test("sending an accepted booking again is never limited, and draws on nothing")
    func repeats() async throws {
        try await TestIngress.with(limiter: TestIngress.frozenLimiter) { ingress in
            let organizer = try await ingress.client.newUser(.organizer)
            let type = try await organizer.newEvent(capacities: [1000]).ticketTypes[0]
            let ada = try await ingress.client.newUser()
            let first = try await ada.book(type, key: "one")
            let answers = try await Self.together(200) { _ in try await ada.book(type) }
            #expect(answers.contains { $0.status == 429 })
            for answer in try await Self.together(
                50,
                { _ in
                    try await ada.book(type, key: "one")
                })
            {
                #expect(answer.status == 202)
                #expect(answer.header("location") == first.header("location"))
                #expect(answer.header("ratelimit") == nil)
            }
        }
    }

    /// The answers to so many requests at once.
    private static func together(
        _ count: Int, _ send: @escaping @Sendable (Int) async throws -> TestClient.Answer
    ) async throws -> [TestClient.Answer] {
        try await withThrowingTaskGroup(of: TestClient.Answer.self) { group in
            for number in 0..<count { group.addTask { try await send(number) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    @Test("a campus of five hundred signs up and in through one address at once")
    func campus() async throws {
        try await TestIngress.with(
            limiter: TestIngress.frozenLimiter, configure: { $0.passwordThreads = 4 }
        ) { ingress in
            try await withThrowingTaskGroup { group in
                for lane in 0..<8 {
                    group.addTask {
                        for _ in stride(from: lane, to: 500, by: 8) {
                            _ = try await ingress.client.newUser()
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("changes of an account are few")
    func changes() async throws {
        try await TestIngress.with(limiter: TestIngress.frozenLimiter) { ingress in
            let ada = try await ingress.client.newUser()
            var statuses: [Int] = []
            for _ in 0..<40 {
                statuses.append(
                    try await ada.send(.patch, "/v1/users/me", body: #"{"name":"A"}"#).status)
            }
            #expect(statuses.prefix(30).allSatisfy { $0 == 200 })
            #expect(statuses.dropFirst(30).allSatisfy { $0 == 429 })
        }
    }
}
