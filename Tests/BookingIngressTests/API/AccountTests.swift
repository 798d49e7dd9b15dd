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
            let tokens = await SessionTokens(keys: try TestIngress.keys(), lifetime: .seconds(60))
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
            for (path, body) in [("/v1/users", ada), ("/v1/sessions", ada)] {
                let answer = try await ingress.client.send(.post, path, body: body)
                #expect(answer.status == 503)
                #expect(answer.slug == "unavailable")
                #expect(answer.header("retry-after") == "1")
            }
        }
    }
}
