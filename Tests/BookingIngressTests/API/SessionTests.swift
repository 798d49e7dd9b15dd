import BookingDomain
import BookingManagement
import BookingTestSupport
import HTTPTypes
import JSON
import Testing

@testable import BookingIngress

/// Ending sessions, and changing one's account.
struct SessionTests {
    private static let ada =
        #"{"email":"ada@example.org","name":"Ada","password":"correct horse"}"#

    private static func signIn(
        _ client: TestClient, password: String = "correct horse"
    ) async throws -> TestClient {
        let session = try await client.send(
            .post, "/v1/sessions",
            body: #"{"email":"ada@example.org","password":"\#(password)"}"#)
        guard let token = session.json?["token"]?.string else {
            throw UnexpectedAnswer(answers: [session])
        }
        return client.signedIn(token)
    }

    private static func status(_ client: TestClient) async throws -> Int {
        try await client.send(.get, "/v1/users/me").status
    }

    /// Asks until the answer has that status, for ten seconds at most.
    private static func becomes(_ status: Int, _ client: TestClient) async throws -> Bool {
        let deadline = ContinuousClock.now + .seconds(10)
        while ContinuousClock.now < deadline {
            if try await Self.status(client) == status { return true }
        }
        return false
    }

    private static func with(
        _ body: @Sendable (TestIngress, TestClient) async throws -> Void
    ) async throws {
        try await TestIngress.with { ingress in
            _ = try await ingress.client.send(.post, "/v1/users", body: ada)
            try await body(ingress, try await signIn(ingress.client))
        }
    }

    @Test("an account that is removed is gone, with all its sessions; its address is free again")
    func erased() async throws {
        try await Self.with { ingress, ada in
            let other = try await Self.signIn(ingress.client)
            let answer = try await ada.send(.delete, "/v1/users/me")
            #expect(answer.status == 204)
            #expect(answer.text.isEmpty)
            #expect(try await Self.status(ada) == 401)
            #expect(try await Self.status(other) == 401)
            #expect(try await ada.send(.delete, "/v1/users/me").status == 401)
            let signIn = try await ingress.client.send(
                .post, "/v1/sessions",
                body: #"{"email":"ada@example.org","password":"correct horse"}"#)
            #expect(signIn.slug == "wrong-credentials")
            let again = try await ingress.client.send(.post, "/v1/users", body: Self.ada)
            #expect(again.status == 201)
        }
    }

    @Test("an organizer stays while an event is not over, or nobody can tell")
    func erasedOrganizer() async throws {
        try await TestIngress.with { ingress in
            let organizer = try await ingress.client.newUser(.organizer)
            let me = try await organizer.send(.get, "/v1/users/me")
            let id = try #require(me.json?["id"]?.string.flatMap { UserID($0) })
            let over = try TestEvents.event(organizer: id, endsAt: TestEvents.now)
            try await ingress.stores.create(over)
            ingress.stores.goAway()
            #expect(try await organizer.send(.delete, "/v1/users/me").status == 503)
            ingress.stores.comeBack()
            _ = try await organizer.newEvent()
            let refused = try await organizer.send(.delete, "/v1/users/me")
            #expect(refused.status == 409)
            #expect(refused.slug == "organizing-events")
            #expect(try await Self.status(organizer) == 200)
            let other = try await ingress.client.newUser(.organizer)
            #expect(try await other.send(.delete, "/v1/users/me").status == 204)
            // Nor does an account make events that another instance has removed.
            let gone = try await ingress.client.newUser(.organizer)
            let goneMe = try await gone.send(.get, "/v1/users/me")
            let goneID = try #require(goneMe.json?["id"]?.string.flatMap { UserID($0) })
            ingress.stores.remove(goneID)
            let event = try await gone.send(
                .post, "/v1/events",
                body:
                    #"{"title":"A","startsAt":"2100-01-01T20:00:00Z","ticketTypes":[{"name":"B","capacity":1}]}"#
            )
            #expect(event.status == 401)
        }
    }

    @Test("signing out ends this session and no other")
    func signOut() async throws {
        try await Self.with { ingress, ada in
            let other = try await Self.signIn(ingress.client)
            #expect(try await Self.status(ada) == 200)
            let answer = try await ada.send(.delete, "/v1/sessions/current")
            #expect(answer.status == 204)
            #expect(answer.text.isEmpty)
            for method in [HTTPRequest.Method.get, .patch] {
                let refused = try await ada.send(method, "/v1/users/me", body: "{}")
                #expect(refused.status == 401)
                #expect(refused.slug == "expired-token")
            }
            #expect(try await ada.send(.delete, "/v1/sessions/current").status == 401)
            #expect(try await Self.status(other) == 200)
            let anonymous = try await ingress.client.send(.delete, "/v1/sessions/current")
            #expect(anonymous.status == 401)
        }
    }

    @Test("who is signed out while a request waits is told so, and not the outcome")
    func waiting() async throws {
        try await Self.with { ingress, ada in
            let (_, types) = try await ingress.client.newUser(.organizer).newEvent()
            let booked = try await ada.book(types[0])
            let path = try #require(booked.header("location"))
            async let poll = ada.send(.get, path, headers: [("prefer", "wait=20")])
            async let submission = ada.book(types[0], prefer: "wait=20")
            try await eventually("both wait") { ingress.waiters == 2 }
            #expect(try await ada.send(.delete, "/v1/sessions/current").status == 204)
            try await eventually("two commands are published") {
                ingress.broker.published.flatMap(\.commands).count == 2
            }
            try await ingress.broker.tell(try TestBookings.decided(ingress.broker.published))
            for answer in try await [poll, submission] {
                #expect(answer.status == 401)
                #expect(answer.slug == "expired-token")
            }
        }
    }

    @Test("another instance hears of it")
    func otherInstance() async throws {
        let stores = FakeStores()
        try await TestIngress.with(stores: stores) { first in
            try await TestIngress.with(stores: stores) { second in
                _ = try await first.client.send(.post, "/v1/users", body: Self.ada)
                let ada = try await Self.signIn(first.client)
                let there = second.client.signedIn(ada.token)
                #expect(try await Self.status(there) == 200)
                #expect(try await ada.send(.delete, "/v1/sessions/current").status == 204)
                #expect(try await Self.becomes(401, there))
            }
        }
    }

    @Test("while the directory is away sessions go on, and cannot be ended")
    func directoryAway() async throws {
        try await Self.with { ingress, ada in
            ingress.stores.goAway()
            let refused = try await ada.send(.delete, "/v1/sessions/current")
            #expect(refused.status == 503)
            ingress.stores.comeBack()
            #expect(try await Self.status(ada) == 200)
        }
    }

    @Test("a new password needs the present one, and ends all other sessions")
    func password() async throws {
        try await Self.with { ingress, ada in
            let other = try await Self.signIn(ingress.client)
            let changed = try await ada.send(
                .patch, "/v1/users/me",
                body: #"{"password":"battery staple","currentPassword":"correct horse"}"#)
            #expect(changed.status == 200)
            #expect(changed.json?["name"] == .string("Ada"))
            #expect(changed.json?["password"] == nil)
            #expect(try await Self.status(ada) == 200)
            let refused = try await other.send(.get, "/v1/users/me")
            #expect(refused.status == 401)
            #expect(refused.slug == "expired-token")
            await #expect(throws: UnexpectedAnswer.self) {
                _ = try await Self.signIn(ingress.client)
            }
            let again = try await Self.signIn(ingress.client, password: "battery staple")
            #expect(try await Self.status(again) == 200)
        }
    }

    @Test("a wrong present password changes nothing, and counts as a try to sign in")
    func wrongPassword() async throws {
        try await Self.with { ingress, ada in
            let body = #"{"name":"Eve","password":"battery staple","currentPassword":"wrong"}"#
            for _ in 0..<10 {
                let answer = try await ada.send(.patch, "/v1/users/me", body: body)
                #expect(answer.status == 403)
                #expect(answer.slug == "wrong-password")
            }
            let limited = try await ada.send(.patch, "/v1/users/me", body: body)
            #expect(limited.status == 429)
            let session = try await ingress.client.send(
                .post, "/v1/sessions",
                body: #"{"email":"ada@example.org","password":"correct horse"}"#)
            #expect(session.status == 429)
            let me = try await ada.send(.get, "/v1/users/me")
            #expect(me.json?["name"] == .string("Ada"))
        }
    }

    @Test("a name is changed without a password, and both at once with it")
    func name() async throws {
        try await Self.with { ingress, ada in
            let renamed = try await ada.send(
                .patch, "/v1/users/me", body: #"{"name":"Ada Lovelace"}"#)
            #expect(renamed.status == 200)
            #expect(renamed.json?["name"] == .string("Ada Lovelace"))
            let both = try await ada.send(
                .patch, "/v1/users/me",
                body: """
                    {"name":"Countess","password":"battery staple",
                     "currentPassword":"correct horse"}
                    """)
            #expect(both.json?["name"] == .string("Countess"))
            let nothing = try await ada.send(.patch, "/v1/users/me", body: "{}")
            #expect(nothing.status == 200)
            #expect(nothing.json == both.json)
        }
    }

    @Test(
        "what cannot be a change is refused, and says where it is wrong",
        arguments: [
            (#"{"password":"battery staple"}"#, "/currentPassword"),
            (#"{"currentPassword":"correct horse"}"#, "/currentPassword"),
            (#"{"password":"short","currentPassword":"correct horse"}"#, "/password"),
            (#"{"name":" "}"#, "/name"), (#"{"name":7}"#, "/name"), ("[]", ""),
        ])
    func invalid(body: String, pointer: String) async throws {
        try await Self.with { _, ada in
            let answer = try await ada.send(.patch, "/v1/users/me", body: body)
            #expect(answer.status == 422)
            #expect(answer.pointers == [pointer])
        }
    }

    @Test("readyz says when ended sessions cannot be read, which is no reason to stop")
    func degraded() async throws {
        let stores = FakeStores()
        stores.goAway()
        let follower = RevocationFollower(
            store: stores, revoked: RevokedSessions(), now: Surroundings.system.now,
            logger: TestIngress.quiet)
        #expect(follower.delay(at: .now) == nil)
        let later = ContinuousClock.now + RevocationFollower.delayMax + .seconds(1)
        #expect(follower.delay(at: later) != nil)
        await follower.read()
        #expect(follower.delay(at: later) != nil)
        stores.comeBack()
        await follower.read()
        #expect(follower.delay(at: .now) == nil)
    }
}
