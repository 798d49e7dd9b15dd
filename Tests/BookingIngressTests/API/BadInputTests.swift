import BookingDomain
import BookingTestSupport
import Crypto
import Foundation
import HTTPTypes
import JSON
import ProblemDetails
import Testing

@testable import BookingIngress

/// Everything a client can send that is not right: each a 4xx problem of the right status, none a 500.
struct BadInputTests {
    /// A request that is wrong, and what it must be answered with.
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var method = HTTPRequest.Method.post
        /// `{event}` and `{type}` stand for those of an event on sale.
        var path = "/v1/events/{event}/bookings"
        var headers: [(String, String)] = [("idempotency-key", "key")]
        var body: String? = #"{"items":[{"ticketTypeId":"{type}","quantity":1}]}"#
        /// Instead of the token of somebody signed in.
        var token: String?? = .none
        let status: Int
        let slug: String
        var pointers: [String] = []
    }

    private static let bigBody = #"{"items":""# + String(repeating: "x", count: 1 << 20) + #""}"#
    private static let stranger = "019a0000-0000-7000-8000-000000000000"

    private static func item(_ quantity: String) -> String {
        #"{"items":[{"ticketTypeId":"{type}","quantity":\#(quantity)}]}"#
    }

    private static let bodies: [Case] = [
        Case("no JSON", body: "{", status: 400, slug: "malformed-json"),
        Case("an empty body", body: "", status: 400, slug: "malformed-json"),
        Case("two values", body: "{}{}", status: 400, slug: "malformed-json"),
        Case(
            "a member twice", body: #"{"items":[],"items":[]}"#, status: 400, slug: "malformed-json"
        ),
        Case(
            "deep nesting", body: String(repeating: "[", count: 10_000), status: 400,
            slug: "malformed-json"),
        Case("an array", body: "[]", status: 422, slug: "invalid-request", pointers: [""]),
        Case(
            "nothing in it", body: "{}", status: 422, slug: "invalid-request", pointers: ["/items"]),
        Case(
            "items no array", body: #"{"items":1}"#, status: 422, slug: "invalid-request",
            pointers: ["/items"]),
        Case(
            "no items", body: #"{"items":[]}"#, status: 422, slug: "invalid-request",
            pointers: ["/items"]),
        Case(
            "quantity 0", body: item("0"), status: 422, slug: "invalid-request",
            pointers: ["/items/0/quantity"]),
        Case(
            "quantity -1", body: item("-1"), status: 422, slug: "invalid-request",
            pointers: ["/items/0/quantity"]),
        Case(
            "quantity 10^9", body: item("1000000000"), status: 422, slug: "invalid-request",
            pointers: ["/items/0/quantity"]),
        Case(
            "quantity 1e9", body: item("1e9"), status: 422, slug: "invalid-request",
            pointers: ["/items/0/quantity"]),
        Case(
            "quantity 1e400", body: item("1e400"), status: 422, slug: "invalid-request",
            pointers: ["/items/0/quantity"]),
        Case(
            "quantity 2.5", body: item("2.5"), status: 422, slug: "invalid-request",
            pointers: ["/items/0/quantity"]),
        Case(
            "quantity true", body: item("true"), status: 422, slug: "invalid-request",
            pointers: ["/items/0/quantity"]),
        Case(
            "quantity a text", body: item("\"1\""), status: 422, slug: "invalid-request",
            pointers: ["/items/0/quantity"]),
        Case(
            "an unknown ticket type",
            body: #"{"items":[{"ticketTypeId":"{event}.9","quantity":1}]}"#,
            status: 422, slug: "unknown-ticket-type", pointers: ["/items/0/ticketTypeId"]),
        Case(
            "another event's ticket type",
            body: #"{"items":[{"ticketTypeId":"\#(stranger).1","quantity":1}]}"#,
            status: 422, slug: "unknown-ticket-type", pointers: ["/items/0/ticketTypeId"]),
        Case(
            "no ticket type at all", body: #"{"items":[{"ticketTypeId":"🎫","quantity":1}]}"#,
            status: 422, slug: "unknown-ticket-type", pointers: ["/items/0/ticketTypeId"]),
        Case(
            "a ticket type twice",
            body:
                #"{"items":[{"ticketTypeId":"{type}","quantity":1},{"ticketTypeId":"{type}","quantity":1}]}"#,
            status: 422, slug: "invalid-request", pointers: ["/items/1/ticketTypeId"]),
        Case(
            "a hold", body: #"{"items":[{"ticketTypeId":"{type}","quantity":1}],"hold":"yes"}"#,
            status: 422, slug: "invalid-request", pointers: ["/hold"]),
        Case(
            "a submission with a query", path: "/v1/events/{event}/bookings?hold=true", status: 400,
            slug: "unknown-parameter"),
        Case(
            "a submission with a query to another path",
            path: "/v1/events/{event}/bookings?wait=/v1/events/{event}/bookings", status: 400,
            slug: "unknown-parameter"),
        Case("a body of 1 MB", body: bigBody, status: 413, slug: "content-too-large"),
        Case(
            "no JSON type", headers: [("idempotency-key", "key"), ("content-type", "text/plain")],
            status: 415, slug: "unsupported-media-type"),
    ]

    private static let keys: [Case] = [
        Case("no key", headers: [], status: 400, slug: "idempotency-key-required"),
        Case(
            "a key of 300 characters",
            headers: [("idempotency-key", String(repeating: "k", count: 300))], status: 400,
            slug: "invalid-idempotency-key"),
        Case(
            "an empty key", headers: [("idempotency-key", "")], status: 400,
            slug: "invalid-idempotency-key"),
        Case(
            "a key beyond ASCII", headers: [("idempotency-key", "schlüssel")], status: 400,
            slug: "invalid-idempotency-key"),
        Case(
            "two keys", headers: [("idempotency-key", "a"), ("idempotency-key", "b")], status: 400,
            slug: "invalid-idempotency-key"),
    ]

    private static let places: [Case] = [
        Case(
            "an unknown event", path: "/v1/events/\(stranger)/bookings", status: 404,
            slug: "not-found"),
        Case("no event id", path: "/v1/events/opera/bookings", status: 404, slug: "not-found"),
        Case("an unknown path", path: "/v1/tickets", status: 404, slug: "not-found"),
        Case("the root", method: .get, path: "/", status: 404, slug: "not-found"),
        Case(
            "a path outside", method: .get, path: "/../etc/passwd", status: 404, slug: "not-found"),
        Case(
            "an odd path", method: .get, path: "/v1/events/%00%ff%F0", status: 404,
            slug: "not-found"),
        Case(
            "an unknown method", method: .put, path: "/v1/events", status: 405,
            slug: "method-not-allowed"),
        Case(
            "a method elsewhere", method: .delete, path: "/v1/sessions", status: 405,
            slug: "method-not-allowed"),
        Case(
            "a booking never issued", method: .get, path: "/v1/bookings/AAAA", body: nil,
            status: 404, slug: "not-found"),
        Case(
            "a long booking id", method: .get,
            path: "/v1/bookings/" + String(repeating: "A", count: 4000), body: nil, status: 404,
            slug: "not-found"),
        Case(
            "a bad limit", method: .get, path: "/v1/events?limit=0", body: nil, status: 400,
            slug: "invalid-parameter"),
        Case(
            "a filter that is not known", method: .get, path: "/v1/users/me/bookings?state=held",
            body: nil, status: 400, slug: "unknown-parameter"),
        Case(
            "a body that nobody reads", method: .delete, path: "/v1/sessions/current",
            body: #"{"all":true}"#, status: 422, slug: "invalid-request", pointers: [""]),
        Case(
            "a bad cursor", method: .get, path: "/v1/events?cursor=x", body: nil, status: 400,
            slug: "invalid-cursor"),
        Case(
            "a bad cursor of mine", method: .get, path: "/v1/users/me/bookings?cursor=s1",
            body: nil, status: 400, slug: "invalid-cursor"),
        Case(
            "an event by an attendee", path: "/v1/events", body: "{}", status: 403,
            slug: "organizers-only"),
        Case(
            "somebody else's list", method: .get, body: nil, status: 403, slug: "not-your-event"),
        Case(
            "an account without anything", path: "/v1/users", body: "{}", status: 422,
            slug: "invalid-request", pointers: ["/email", "/name", "/password"]),
        Case(
            "a session without anything", path: "/v1/sessions", body: "{}", status: 422,
            slug: "invalid-request", pointers: ["/email", "/password"]),
        Case(
            "an address and a password with U+0000", path: "/v1/sessions",
            body: #"{"email":"a\u0000@example.org","password":"\u0000"}"#, status: 401,
            slug: "wrong-credentials"),
        Case(
            "an address with U+0000", path: "/v1/sessions",
            body: #"{"email":"a\u0000@example.org","password":"correct horse"}"#, status: 401,
            slug: "wrong-credentials"),
        Case(
            "a new account's texts with U+0000", path: "/v1/users",
            body: #"{"email":"a\u0000@example.org","name":"A\u0000","password":"12345678"}"#,
            status: 422, slug: "invalid-request", pointers: ["/email", "/name"]),
        Case(
            "a new password that ends with U+0000", path: "/v1/users",
            body: #"{"email":"a@example.org","name":"A","password":"12345678\u0000"}"#, status: 422,
            slug: "invalid-request", pointers: ["/password"]),
        Case(
            "a wrong password", path: "/v1/sessions",
            body: #"{"email":"nobody@example.org","password":"wrong"}"#, status: 401,
            slug: "wrong-credentials"),
    ]

    @Test(
        "an event outside the years 1970 to 9999 in UTC is refused, whatever its offset makes of it",
        arguments: [
            ("1969-12-31T23:59:59.999999Z", "2030-01-01T00:00:00Z", ["/startsAt"]),
            ("0000-01-01T00:00:00+00:01", "0000-01-01T00:00:00Z", ["/startsAt", "/endsAt"]),
            ("1970-01-01T00:00:00+00:01", "1970-01-01T00:00:00Z", ["/startsAt"]),
            ("2030-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59", ["/endsAt"]),
            ("9999-12-31T23:59:59-00:01", "9999-12-31T23:59:59-23:59", ["/startsAt", "/endsAt"]),
        ])
    func timesOutside(startsAt: String, endsAt: String, pointers: [String]) async throws {
        try await TestIngress.with { ingress in
            let organizer = try await ingress.client.newUser(.organizer)
            let answer = try await organizer.send(
                .post, "/v1/events",
                body: """
                    {"title":"T","startsAt":"\(startsAt)","endsAt":"\(endsAt)",
                    "ticketTypes":[{"name":"N","capacity":1}]}
                    """)
            #expect(answer.status == 422)
            #expect(answer.slug == "invalid-request")
            #expect(answer.pointers == pointers)
            let list = try await ingress.client.send(.get, "/v1/events")
            #expect(list.status == 200)
            #expect(list.text == #"{"items":[]}"#)
        }
    }

    @Test(
        "an event that is over is refused",
        arguments: [
            (#""startsAt":"2001-01-01T00:00:00Z","endsAt":"2001-01-02T00:00:00Z""#, "/endsAt"),
            (#""startsAt":"2001-01-01T00:00:00Z""#, "/startsAt"),
        ])
    func over(times: String, pointer: String) async throws {
        try await TestIngress.with { ingress in
            let organizer = try await ingress.client.newUser(.organizer)
            let answer = try await organizer.send(
                .post, "/v1/events",
                body: #"{"title":"T",\#(times),"ticketTypes":[{"name":"N","capacity":1}]}"#)
            #expect(answer.status == 422)
            #expect(answer.pointers == [pointer])
            #expect(ingress.broker.prepared.isEmpty)
        }
    }

    @Test("an event at either end of the years allowed is made, and listed with its times")
    func timesAtTheEnds() async throws {
        try await TestIngress.with { ingress in
            let organizer = try await ingress.client.newUser(.organizer)
            let made = try await organizer.send(
                .post, "/v1/events",
                body: """
                    {"title":"T","startsAt":"1970-01-01T00:01:00+00:01",
                    "endsAt":"9999-12-31T23:58:59.999999-00:01",
                    "ticketTypes":[{"name":"N","capacity":1}]}
                    """)
            #expect(made.status == 201)
            let list = try await ingress.client.send(.get, "/v1/events")
            #expect(list.status == 200)
            #expect(list.text.contains(#""startsAt":"1970-01-01T00:00:00Z""#))
            #expect(list.text.contains(#""endsAt":"9999-12-31T23:59:59.999999Z""#))
        }
    }

    @Test(
        "a bad request is answered with a problem of the right status",
        arguments: bodies + keys + places)
    func refused(input: Case) async throws {
        try await check(input)
    }

    @Test(
        "a query parameter that is not known is refused at every call",
        arguments: [
            (HTTPRequest.Method.post, "/v1/users"), (.post, "/v1/sessions"),
            (.delete, "/v1/sessions/current"), (.get, "/v1/users/me"), (.patch, "/v1/users/me"),
            (.get, "/v1/users/me/bookings"), (.get, "/v1/events"), (.post, "/v1/events"),
            (.get, "/v1/events/{event}"), (.get, "/v1/events/{event}/bookings"),
            (.post, "/v1/events/{event}/bookings"), (.get, "/v1/bookings/AAAA"),
        ])
    func unknownParameter(method: HTTPRequest.Method, path: String) async throws {
        let body = method == .get || method == .delete ? nil : "{}"
        try await check(
            Case(
                "\(method) \(path)", method: method, path: path + "?dryRun=true", body: body,
                status: 400, slug: "unknown-parameter"))
    }

    @Test(
        "a token that is not right is answered with 401, wherever it is sent",
        arguments: [nil, "", "x", "a.b.c", "expired", "forged", "unsigned"] as [String?])
    func unauthorized(token: String?) async throws {
        let token = try await Self.make(token)
        for (method, path) in [
            (HTTPRequest.Method.post, "/v1/events/{event}/bookings"), (.post, "/v1/events"),
            (.get, "/v1/users/me"), (.get, "/v1/users/me/bookings"), (.get, "/v1/bookings/AAAA"),
            (.get, "/v1/events/{event}/bookings"),
        ] {
            let slug =
                switch token {
                case nil: "unauthorized"
                case .some(let token) where token.contains("expired"): "expired-token"
                default: "invalid-token"
                }
            try await check(
                Case(
                    "\(method) \(path)", method: method, path: path,
                    body: method == .get ? nil : "{}",
                    token: .some(token?.replacing("expired", with: "")),
                    status: 401, slug: slug))
        }
    }

    /// A token that is wrong in the way named; the expired one is marked so.
    private static func make(_ kind: String?) async throws -> String? {
        let keys = try TestIngress.keys()
        let user = User(id: TestEvents.user(), email: "a@b.c", name: "A", role: .organizer)
        let tokens = await SessionTokens.test(keys, lifetime: .seconds(60))
        switch kind {
        case "expired":
            let longAgo = Instant(microsecondsSinceEpoch: 1_000_000_000_000_000)
            return "expired" + (try await tokens.issue(to: user, at: longAgo).token)
        case "forged":
            let other = try SecretKeys(secret: [UInt8](repeating: 1, count: 32)).orThrow()
            return try await SessionTokens.test(other, lifetime: .seconds(60))
                .issue(to: user, at: Surroundings.system.now()).token
        case "unsigned":
            let parts = try await tokens.issue(to: user, at: Surroundings.system.now()).token
                .split(separator: ".")
            let none = Data(#"{"alg":"none","typ":"JWT"}"#.utf8).base64EncodedString()
            return "\(none.replacing("=", with: "")).\(parts[1])."
        default: return kind
        }
    }

    private func check(_ input: Case) async throws {
        try await TestIngress.with { ingress in
            let organizer = try await ingress.client.newUser(.organizer)
            let (event, types) = try await organizer.newEvent()
            func filled(_ text: String) -> String {
                text.replacing("{event}", with: event.description)
                    .replacing("{type}", with: types[0])
            }
            var client = try await ingress.client.newUser()
            if case .some(let token) = input.token { client.token = token }
            let answer = try await client.send(
                input.method, filled(input.path), headers: input.headers,
                body: input.body.map(filled))
            #expect(answer.status == input.status)
            #expect(answer.isProblem, "\(answer.text)")
            #expect(answer.slug == input.slug)
            #expect(answer.pointers == input.pointers)
            let challenge: String? =
                switch answer.slug {
                case "invalid-token", "expired-token": #"Bearer error="invalid_token""#
                default: answer.status == 401 ? "Bearer" : nil
                }
            #expect(answer.header("www-authenticate") == challenge)
            #expect(ingress.broker.published.isEmpty)
        }
    }
}

extension BadInputTests.Case {
    init(
        _ description: String, method: HTTPRequest.Method = .post,
        path: String = "/v1/events/{event}/bookings",
        headers: [(String, String)] = [("idempotency-key", "key")],
        body: String? = #"{"items":[{"ticketTypeId":"{type}","quantity":1}]}"#,
        token: String?? = .none, status: Int, slug: String, pointers: [String] = []
    ) {
        self.init(
            testDescription: description, method: method, path: path, headers: headers, body: body,
            token: token, status: status, slug: slug, pointers: pointers)
    }
}
