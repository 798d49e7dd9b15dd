import BookingDomain
import Foundation
import HTTPTypes
import JSON
import ProblemDetails
import Testing

@testable import BookingIngress

struct AccountTests {
    private let ada = #"{"email":"Ada@example.org","name":"Ada","password":"correct horse"}"#

    @Test("who signs up can sign in, in whatever case the address is written, and is who they are")
    func signUpAndIn() async throws {
        try await TestIngress.with { ingress in
            let signedUp = try await ingress.client.send(.post, "/v1/users", body: ada)
            #expect(signedUp.status == 201)
            #expect(signedUp.json?["email"] == .string("Ada@example.org"))
            #expect(signedUp.json?["name"] == .string("Ada"))
            #expect(signedUp.json?["role"] == .string("attendee"))
            #expect(!signedUp.text.contains("scrypt"))
            let session = try await ingress.client.send(
                .post, "/v1/sessions",
                body: #"{"email":"ada@EXAMPLE.org","password":"correct horse"}"#)
            #expect(session.status == 201)
            #expect(session.json?["tokenType"] == .string("Bearer"))
            #expect(session.json?["user"] == signedUp.json)
            let expiresAt = try #require(
                session.json?["expiresAt"]?.string.flatMap { Instant(rfc3339: $0) })
            #expect(expiresAt > Surroundings.system.now())
            #expect(session.header("cache-control") == "no-store")
            let me = try await ingress.client.signedIn(session.json?["token"]?.string)
                .send(.get, "/v1/users/me")
            #expect(me.status == 200)
            #expect(me.json == signedUp.json)
        }
    }

    @Test("an address has one account")
    func emailTaken() async throws {
        try await TestIngress.with { ingress in
            _ = try await ingress.client.send(.post, "/v1/users", body: ada)
            let again = try await ingress.client.send(
                .post, "/v1/users", body: ada.replacing("Ada@", with: "ADA@"))
            #expect(again.status == 409)
            #expect(again.slug == "email-taken")
        }
    }

    @Test(
        "an address is one however it is written: it is taken, and signs in",
        arguments: [
            ("Ada@Example.org", "ADA@example.ORG"), ("andr\u{E9}@x.org", "ANDRE\u{301}@X.org"),
            (
                "\u{3BD}\u{3AF}\u{3BA}\u{3BF}\u{3C2}@x.org",
                "\u{39D}\u{38A}\u{39A}\u{39F}\u{3A3}@x.org"
            ),
            ("ada@m\u{FC}nchen.de", "ada@XN--MNCHEN-3YA.de"),
        ])
    func oneAddress(written: String, otherwise: String) async throws {
        try await TestIngress.with { ingress in
            func account(_ email: String) -> String {
                #"{"email":"\#(email)","name":"Ada","password":"correct horse"}"#
            }
            let first = try await ingress.client.send(.post, "/v1/users", body: account(written))
            #expect(first.status == 201)
            #expect(first.json?["email"]?.string?.utf8.elementsEqual(written.utf8) == true)
            let second = try await ingress.client.send(
                .post, "/v1/users", body: account(otherwise))
            #expect(second.slug == "email-taken")
            let session = try await ingress.client.send(
                .post, "/v1/sessions",
                body: #"{"email":"\#(otherwise)","password":"correct horse"}"#)
            #expect(session.status == 201)
        }
    }

    @Test("a password is the same, and as long, composed and decomposed")
    func composedPassword() async throws {
        try await TestIngress.with { ingress in
            func signUp(_ email: String, _ password: String) async throws -> Int {
                try await ingress.client.send(
                    .post, "/v1/users",
                    body: #"{"email":"\#(email)","name":"Ada","password":"\#(password)"}"#
                ).status
            }
            let decomposed = String(repeating: "u\u{308}", count: 4)
            #expect(try await signUp("short@example.org", decomposed) == 422)
            #expect(try await signUp("long@example.org", decomposed + decomposed) == 201)
            let composed = String(repeating: "\u{FC}", count: 8)
            let session = try await ingress.client.send(
                .post, "/v1/sessions",
                body: #"{"email":"long@example.org","password":"\#(composed)"}"#)
            #expect(session.status == 201)
        }
    }

    @Test("a wrong password and an unknown address are answered alike")
    func wrongCredentials() async throws {
        try await TestIngress.with { ingress in
            _ = try await ingress.client.send(.post, "/v1/users", body: ada)
            let wrong = try await ingress.client.send(
                .post, "/v1/sessions", body: #"{"email":"ada@example.org","password":"other"}"#)
            let unknown = try await ingress.client.send(
                .post, "/v1/sessions", body: #"{"email":"eve@example.org","password":"other"}"#)
            #expect(wrong.status == 401)
            #expect(wrong.slug == "wrong-credentials")
            #expect(wrong.text == unknown.text)
        }
    }

    @Test("a token of an account that is gone is worth nothing")
    func gone() async throws {
        try await TestIngress.with { ingress in
            let tokens = await SessionTokens.test(try TestIngress.keys(), lifetime: .seconds(60))
            let user = User(
                id: UserID(bits: 42), email: "a@b.c", name: "A", role: .attendee)
            let token = try await tokens.issue(to: user, at: Surroundings.system.now()).token
            let me = try await ingress.client.signedIn(token).send(.get, "/v1/users/me")
            #expect(me.status == 401)
        }
    }

    @Test("while the database is away, signing in is answered with 503 and when to try again")
    func databaseAway() async throws {
        try await TestIngress.with { ingress in
            ingress.stores.goAway()
            let credentials = #"{"email":"ada@example.org","password":"correct horse"}"#
            for (path, body) in [("/v1/users", ada), ("/v1/sessions", credentials)] {
                let answer = try await ingress.client.send(.post, path, body: body)
                #expect(answer.status == 503)
                #expect(answer.slug == "unavailable")
                #expect(answer.header("retry-after") == "1")
            }
        }
    }
}

/// What becomes of those who try passwords, seen from outside.
struct SignInTests {
    private static let ada =
        #"{"email":"ada@example.org","name":"Ada","password":"correct horse"}"#
    private static let right = #"{"email":"ada@example.org","password":"correct horse"}"#
    private static let wrong = #"{"email":"ada@example.org","password":"battery staple"}"#

    @Test("the eleventh wrong password is answered with 429, which says when to come again and why")
    func limited() async throws {
        try await TestIngress.with(limiter: TestIngress.frozenLimiter) { ingress in
            _ = try await ingress.client.send(.post, "/v1/users", body: Self.ada)
            for _ in 0..<10 {
                let answer = try await ingress.client.send(.post, "/v1/sessions", body: Self.wrong)
                #expect(answer.status == 401)
            }
            for body in [Self.wrong, Self.right] {
                let answer = try await ingress.client.send(.post, "/v1/sessions", body: body)
                #expect(answer.status == 429)
                #expect(answer.isProblem)
                #expect(answer.slug == "quota-exceeded")
                #expect(answer.json?["violated-policies"] == .array([.string("sign-in")]))
                let seconds = answer.header("retry-after").flatMap { Int($0) } ?? 0
                #expect((60...65).contains(seconds))
                #expect(
                    answer.header("ratelimit-policy")?.contains(#""sign-in";q=10;w=600"#) == true)
                #expect(answer.header("ratelimit")?.contains(#""sign-in";r=0;t="#) == true)
            }
        }
    }

    @Test("right passwords are not counted, and say what is left")
    func uncounted() async throws {
        try await TestIngress.with(limiter: TestIngress.frozenLimiter) { ingress in
            _ = try await ingress.client.send(.post, "/v1/users", body: Self.ada)
            for _ in 0..<15 {
                let answer = try await ingress.client.send(.post, "/v1/sessions", body: Self.right)
                #expect(answer.status == 201)
                #expect(answer.header("ratelimit")?.contains(#""sign-in";r=9"#) == true)
            }
        }
    }

    @Test(
        "limits that are observed, or off, refuse nobody and say nothing",
        arguments: [RateLimitMode.observe, .off])
    func notEnforced(mode: RateLimitMode) async throws {
        try await TestIngress.with(configure: { $0.rateLimits = mode }) { ingress in
            _ = try await ingress.client.send(.post, "/v1/users", body: Self.ada)
            for _ in 0..<12 {
                let answer = try await ingress.client.send(.post, "/v1/sessions", body: Self.wrong)
                #expect(answer.status == 401)
            }
            let answer = try await ingress.client.send(.post, "/v1/sessions", body: Self.right)
            #expect(answer.status == 201)
            #expect(answer.header("ratelimit") == nil)
        }
    }

    @Test("while the database is away nothing counts as a wrong password")
    func databaseAway() async throws {
        try await TestIngress.with(limiter: TestIngress.frozenLimiter) { ingress in
            _ = try await ingress.client.send(.post, "/v1/users", body: Self.ada)
            ingress.stores.goAway()
            for _ in 0..<12 {
                let answer = try await ingress.client.send(.post, "/v1/sessions", body: Self.right)
                #expect(answer.status == 503)
            }
            ingress.stores.comeBack()
            let answer = try await ingress.client.send(.post, "/v1/sessions", body: Self.right)
            #expect(answer.status == 201)
        }
    }

    @Test(
        "a password stored at an older cost is right, and stored at the new one when its owner signs in"
    )
    func rehashed() async throws {
        try await TestIngress.with(limiter: TestIngress.frozenLimiter) { ingress in
            _ = try await ingress.client.send(.post, "/v1/users", body: Self.ada)
            let old = try #require(ScryptCost(logRounds: 5, parallelism: 1))
            let outdated = try PasswordHash("correct horse", salt: Array(0..<16), cost: old)
            let stored = try #require(ingress.stores.passwordHash(of: "ada@example.org"))
            let user = try #require(try await ingress.stores.credentials(of: "ada@example.org"))
                .user
            try await ingress.stores.replaceHash(of: user.id, stored, with: "\(outdated)")
            for _ in 0..<2 {
                let answer = try await ingress.client.send(.post, "/v1/sessions", body: Self.right)
                #expect(answer.status == 201)
                let stored = ingress.stores.passwordHash(of: "ada@example.org")
                #expect(stored?.hasPrefix("$scrypt$ln=4,r=8,p=3$") == true)
            }
        }
    }
}
