import BookingDomain
import Foundation
import HTTPTypes
import NIOHTTP1
import Testing

@testable import BookingIngress

/// What pages of other web origins are told, so that browsers let them use the API.
struct CrossOriginTests {
    private static let ours = "https://tickets.example.com"
    private static let theirs = "https://tickets.example.com.evil.example"

    /// Runs `body` with an ingress that two origins may use.
    private static func with(
        _ body: @Sendable (TestIngress) async throws -> Void
    ) async throws {
        let origins = try #require(CrossOrigins("\(ours), http://localhost:3000"))
        try await TestIngress.with(configure: { $0.crossOrigins = origins }, body)
    }

    @Test(
        "a page of an origin that is named may ask for any call",
        arguments: [
            "/v1/events", "/v1/events/019a0000-0000-7000-8000-000000000000/bookings",
            "/v1/users/me", "/nowhere",
        ])
    func preflight(path: String) async throws {
        try await Self.with { ingress in
            for origin in [Self.ours, "http://localhost:3000"] {
                let answer = try await ingress.client.send(
                    .options, path,
                    headers: [
                        ("Origin", origin), ("Access-Control-Request-Method", "POST"),
                        ("Access-Control-Request-Headers", "authorization,idempotency-key"),
                    ])
                #expect(answer.status == 204)
                #expect(answer.text.isEmpty)
                #expect(answer.header("access-control-allow-origin") == origin)
                let methods = Self.names(answer, "access-control-allow-methods")
                #expect(methods == ["delete", "get", "head", "patch", "post"])
                let fields = Self.names(answer, "access-control-allow-headers")
                #expect(
                    fields.isSuperset(of: [
                        "authorization", "content-type", "idempotency-key", "if-match",
                        "if-none-match", "prefer",
                    ]))
                #expect(answer.header("access-control-max-age") == "7200")
                #expect(answer.header("access-control-allow-credentials") == nil)
                #expect(Self.names(answer, "vary").contains("origin"))
            }
        }
    }

    @Test(
        "an origin that is not named exactly is told nothing",
        arguments: [
            theirs, "http://tickets.example.com", "https://tickets.example.com:443",
            "https://TICKETS.example.com", "https://tickets.example.com/", "http://localhost",
            "http://localhost:3001", "null", "*", "",
        ])
    func refused(origin: String) async throws {
        try await Self.with { ingress in
            let preflight = try await ingress.client.send(
                .options, "/v1/events",
                headers: [("Origin", origin), ("Access-Control-Request-Method", "GET")])
            #expect(preflight.status == 405)
            let plain = try await ingress.client.send(
                .get, "/v1/events", headers: [("Origin", origin)])
            #expect(plain.status == 200)
            for answer in [preflight, plain] {
                #expect(
                    !answer.headers.contains { $0.name.lowercased().hasPrefix("access-control") })
                #expect(answer.header("vary") == "Origin")
            }
        }
    }

    @Test("two origins in one request are none")
    func twoOrigins() async throws {
        try await Self.with { ingress in
            let answer = try await ingress.client.send(
                .get, "/v1/events", headers: [("Origin", Self.ours), ("Origin", Self.ours)])
            #expect(answer.header("access-control-allow-origin") == nil)
        }
    }

    @Test("every answer may be read by the page, refusals and errors included")
    func everyAnswer() async throws {
        try await Self.with { ingress in
            let organizer = try await ingress.client.newUser(.organizer)
            let (event, types) = try await organizer.newEvent()
            let page = [("Origin", Self.ours)]
            let booking =
                #"{"items":[{"ticketTypeId":"\#(types[0])","quantity":1}]}"#
            let path = "/v1/events/\(event)"
            let key = [("Idempotency-Key", "k")]
            var answers = [
                try await organizer.send(.get, path, headers: page),
                try await organizer.send(
                    .post, path + "/bookings", headers: page + key, body: booking),
                try await organizer.send(.post, path + "/bookings", headers: page, body: booking),
                try await ingress.client.send(
                    .post, path + "/bookings", headers: page + key, body: booking),
                try await ingress.client.send(.get, "/v1/users/me", headers: page),
                try await ingress.client.send(.put, "/v1/events", headers: page),
                try await ingress.client.send(.get, "/nowhere", headers: page),
                try await ingress.client.send(
                    .post, "/v1/users", headers: page,
                    body: String(repeating: "x", count: HTTPLimits.bodyBytesMax + 1)),
                try await ingress.client.send(
                    .post, "/v1/users", headers: page + [("Content-Encoding", "gzip")], body: "x"),
                try await ingress.client.send(
                    .get, path, headers: page + [("If-None-Match", "*")]),
            ]
            ingress.stores.goAway()
            answers.append(
                try await ingress.client.send(
                    .post, "/v1/sessions", headers: page,
                    body: #"{"email":"a@b.c","password":"12345678"}"#))
            #expect(
                answers.map(\.status) == [200, 202, 400, 401, 401, 405, 404, 413, 415, 304, 503])
            for answer in answers {
                #expect(answer.headers["access-control-allow-origin"] == [Self.ours])
                #expect(answer.header("vary") == "Origin")
                let readable = Self.names(answer, "access-control-expose-headers")
                #expect(
                    readable.isSuperset(of: [
                        "location", "retry-after", "etag", "ratelimit", "ratelimit-policy",
                        "preference-applied", "x-request-id", "www-authenticate",
                    ]))
            }
        }
    }

    @Test("a page can read that its budget is spent")
    func limited() async throws {
        let origins = try #require(CrossOrigins(Self.ours))
        try await TestIngress.with(
            limiter: TestIngress.frozenLimiter, configure: { $0.crossOrigins = origins }
        ) { ingress in
            let user = try await ingress.client.newUser()
            var last: TestClient.Answer?
            for _ in 0..<40 where last?.status != 429 {
                last = try await user.send(
                    .patch, "/v1/users/me", headers: [("Origin", Self.ours)], body: "{}")
            }
            #expect(last?.status == 429)
            #expect(last?.header("access-control-allow-origin") == Self.ours)
        }
    }

    @Test("a request that never ends is refused so that the page can read it")
    func slow() async throws {
        let origins = try #require(CrossOrigins(Self.ours))
        try await TestIngress.with(configure: {
            $0.crossOrigins = origins
            $0.requestDeadline = .milliseconds(200)
        }) { ingress in
            let answer = try await ingress.raw(
                "POST /v1/users HTTP/1.1\r\nhost: a\r\norigin: \(Self.ours)\r\n"
                    + "content-length: 2\r\n\r\n{")
            #expect(answer.hasPrefix("HTTP/1.1 408 "))
            #expect(answer.contains("\r\nAccess-Control-Allow-Origin: \(Self.ours)\r\n"))
        }
    }

    @Test("as long as no origin is named nothing is said of origins")
    func none() async throws {
        try await TestIngress.with { ingress in
            let answer = try await ingress.client.send(
                .get, "/v1/events", headers: [("Origin", Self.ours)])
            #expect(answer.status == 200)
            #expect(!answer.headers.contains { $0.name.lowercased().hasPrefix("access-control") })
            #expect(answer.header("vary") == nil)
            let preflight = try await ingress.client.send(
                .options, "/v1/events",
                headers: [("Origin", Self.ours), ("Access-Control-Request-Method", "GET")])
            #expect(preflight.status == 405)
        }
    }

    @Test(
        "origins are written as browsers write them",
        arguments: [
            ("https://a.example", true), ("http://127.0.0.1:3000,https://b.example:8443", true),
            (" https://a.example , https://b.example ", true), ("http://[::1]:8080", true),
            ("capacitor://localhost", true), ("https://xn--bcher-kva.example", true),
            ("", false), ("*", false), ("https://*.example", false), ("null", false),
            ("a.example", false), ("https://", false), ("https://a.example/", false),
            ("https://a.example/x", false), ("https://a.example?x", false),
            ("https://u@a.example", false), ("HTTPS://a.example", false),
            ("https://A.example", false), ("https://bücher.example", false),
            ("https://a.example:443", false), ("http://a.example:80", false),
            ("https://a.example:0", false), ("https://a.example:08443", false),
            ("https://a.example:65536", false), ("https://a.example:", false),
            ("https://a.example,", false), ("https://a.example https://b.example", false),
            ("https://a.example\r\nX: y", false),
        ])
    func written(text: String, isRight: Bool) {
        #expect((CrossOrigins(text) != nil) == isRight)
    }

    private static func names(_ answer: TestClient.Answer, _ field: String) -> Set<String> {
        let values = answer.headers[canonicalForm: field]
        return Set(
            values.map { $0.lowercased().trimmingCharacters(in: .whitespaces) }
                .flatMap { $0.split(separator: ",") }
                .map { $0.trimmingCharacters(in: .whitespaces) })
    }
}
