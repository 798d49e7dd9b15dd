import BookingDomain
import BookingMessages
import BookingTestSupport
import Foundation
import HTTPTypes
import JSON
import NIOCore
import ProblemDetails
import Testing

@testable import BookingIngress

struct StatusTests {
    /// An ingress with an event, its organizer, and a booking accepted but not decided.
    private struct Scene: Sendable {
        let ingress: TestIngress
        let organizer: TestClient
        let buyer: TestClient
        let event: EventID
        let ticketType: String
        let id: String
        let booking: Booking

        var path: String { "/v1/bookings/\(id)" }

        func decide() async throws {
            try await ingress.broker.tell(
                OutcomeMessage(shard: event.shard, batch: 1, bookings: [booking], events: []))
        }
    }

    private func withBooking(
        configure: (inout IngressConfiguration) -> Void = { _ in },
        _ body: @Sendable (Scene) async throws -> Void
    ) async throws {
        try await TestIngress.with(configure: configure) { ingress in
            let organizer = try await ingress.client.newUser(.organizer)
            let (event, types) = try await organizer.newEvent()
            let buyer = try await ingress.client.newUser()
            let answer = try await buyer.book(types[0], quantity: 2)
            let command = try #require(ingress.broker.published.first?.commands.first)
            try await body(
                Scene(
                    ingress: ingress, organizer: organizer, buyer: buyer, event: event,
                    ticketType: types[0], id: try #require(answer.json?["id"]?.string),
                    booking: try TestBookings.decided(command, event: event)))
        }
    }

    @Test("a pending booking needs no row: any instance can show it")
    func pending() async throws {
        try await withBooking { scene in
            let answer = try await scene.buyer.send(.get, scene.path)
            #expect(answer.status == 200)
            #expect(answer.header("retry-after") == "1")
            #expect(answer.json?["status"] == .string("pending"))
            #expect(answer.json?["items"]?.array?.first?["quantity"] == .integer(2))
            // Another instance, with nothing in common but the secret and the database.
            try await TestIngress.with(stores: scene.ingress.stores) { other in
                let there = try await other.client.signedIn(scene.buyer.token)
                    .send(.get, scene.path)
                #expect(there.status == 200)
                #expect(there.json?["id"] == .string(scene.id))
                #expect(there.json?["status"] == .string("pending"))
            }
        }
    }

    @Test("a decided booking is shown from memory, and from the database where it is not")
    func decided() async throws {
        try await withBooking { scene in
            try await scene.decide()
            let heard = try await scene.buyer.send(.get, scene.path)
            #expect(heard.status == 200)
            #expect(heard.header("retry-after") == nil)
            #expect(heard.json?["status"] == .string("confirmed"))
            #expect(heard.json?["sequence"] == .integer(1))
            scene.ingress.stores.put(scene.booking)
            try await TestIngress.with(stores: scene.ingress.stores) { other in
                let there = try await other.client.signedIn(scene.buyer.token)
                    .send(.get, scene.path)
                #expect(there.json == heard.json)
            }
        }
    }

    @Test("who waits hears of the outcome at once, however it becomes known")
    func waits() async throws {
        try await withBooking { scene in
            async let waiting = scene.buyer.send(
                .get, scene.path, headers: [("prefer", "wait=20")])
            try await eventually("somebody waits") { scene.ingress.waiters > 0 }
            try await scene.decide()
            let answer = try await waiting
            #expect(answer.json?["status"] == .string("confirmed"))
            #expect(answer.header("preference-applied") == "wait=20")
            #expect(scene.ingress.waiters == 0)
        }
    }

    @Test("who waits is told what is heard while the database is away")
    func databaseAway() async throws {
        try await withBooking { scene in
            scene.ingress.stores.goAway()
            async let waiting = scene.buyer.send(
                .get, scene.path, headers: [("prefer", "wait=20")])
            try await eventually("somebody waits") { scene.ingress.waiters > 0 }
            try await scene.decide()
            #expect(try await waiting.json?["status"] == .string("confirmed"))
        }
    }

    @Test("when the client leaves, its poll ends at once, with what is known")
    func clientLeaves() async throws {
        try await withBooking { scene in
            let token = try #require(scene.buyer.token)
            let start = ContinuousClock.now
            let answer = try await scene.ingress.withConnection { inbound, outbound in
                try await outbound.write(
                    ByteBuffer(
                        string: "GET \(scene.path) HTTP/1.1\r\nhost: a\r\n"
                            + "authorization: Bearer \(token)\r\nprefer: wait=30\r\n\r\n"))
                try await eventually("somebody waits") { scene.ingress.waiters > 0 }
                outbound.finish()
                return try await text(inbound)
            }
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(answer.contains(#""status":"pending""#))
            #expect(scene.ingress.waiters == 0)
            #expect(ContinuousClock.now - start < .seconds(20))
        }
    }

    @Test("who polls more often than he may is told of the oldest as it is")
    func waitsPerUser() async throws {
        try await withBooking(configure: { $0.waitersPerUserMax = 1 }) { scene in
            async let oldest = scene.buyer.send(
                .get, scene.path, headers: [("prefer", "wait=20")])
            try await eventually("somebody waits") { scene.ingress.waiters > 0 }
            async let newest = scene.buyer.send(
                .get, scene.path, headers: [("prefer", "wait=20")])
            let displaced = try await oldest
            #expect(displaced.status == 200)
            #expect(displaced.json?["status"] == .string("pending"))
            try await eventually("somebody waits") { scene.ingress.waiters > 0 }
            try await scene.decide()
            #expect(try await newest.json?["status"] == .string("confirmed"))
        }
    }

    @Test("what was missed while the broker was away is found when it is back")
    func missed() async throws {
        try await withBooking { scene in
            async let waiting = scene.buyer.send(
                .get, scene.path, headers: [("prefer", "wait=20")])
            try await eventually("somebody waits") { scene.ingress.waiters > 0 }
            scene.ingress.stores.put(scene.booking)
            try await scene.ingress.broker.reconnect()
            let waitingAnswer = try await waiting
            #expect(waitingAnswer.json?["status"] == .string("confirmed"))
        }
    }

    @Test("a wait that ends first shows the booking as it is")
    func waitEnds() async throws {
        try await withBooking { scene in
            let answer = try await scene.buyer.send(
                .get, scene.path, headers: [("prefer", "wait=1")])
            #expect(answer.status == 200)
            #expect(answer.json?["status"] == .string("pending"))
            #expect(answer.header("retry-after") == "1")
        }
    }

    @Test("somebody else's booking is as good as none; the event's organizer sees it once decided")
    func others() async throws {
        try await withBooking { scene in
            let stranger = try await scene.ingress.client.newUser(.organizer)
            #expect(try await stranger.send(.get, scene.path).status == 404)
            #expect(try await scene.organizer.send(.get, scene.path).status == 404)
            try await scene.decide()
            #expect(try await stranger.send(.get, scene.path).status == 404)
            let shown = try await scene.organizer.send(.get, scene.path)
            #expect(shown.status == 200)
            #expect(shown.json?["id"] == .string(scene.id))
        }
    }

    @Test("an id changed anywhere is none that was issued, even for the organizer")
    func tampered() async throws {
        try await withBooking { scene in
            try await scene.decide()
            var changed = Array(scene.id)
            for index in stride(from: 0, to: changed.count, by: 7) {
                let original = changed[index]
                changed[index] = original == "A" ? "B" : "A"
                let path = "/v1/bookings/\(String(changed))"
                for client in [scene.buyer, scene.organizer] {
                    let answer = try await client.send(.get, path)
                    #expect(answer.status == 404)
                }
                changed[index] = original
            }
        }
    }

    @Test("a key that was used for another body shows on the status resource at the latest")
    func keyReused() async throws {
        try await withBooking { scene in
            let other = Command.book(
                try TestEvents.basket([1: 9]), as: scene.booking.key, of: scene.event,
                by: try #require(scene.booking.user), at: scene.booking.createdAt)
            scene.ingress.stores.put(try TestBookings.decided(other, event: scene.event))
            let answer = try await scene.buyer.send(.get, scene.path)
            #expect(answer.status == 422)
            #expect(answer.slug == "idempotency-key-reused")
        }
    }

    @Test("a booking whose command could not be read has failed, and says so")
    func failed() async throws {
        try await withBooking { scene in
            scene.ingress.stores.put(
                Booking(
                    key: scene.booking.key, event: scene.event, user: nil, basket: nil,
                    status: .failed, reason: .undecodable, sequence: 1,
                    createdAt: scene.booking.createdAt, decidedAt: scene.booking.createdAt))
            let answer = try await scene.buyer.send(.get, scene.path)
            #expect(answer.status == 200)
            #expect(answer.json?["status"] == .string("failed"))
            #expect(answer.json?["reason"] == .string("undecodable"))
        }
    }

    @Test("my bookings are mine, newest first, page by page")
    func mine() async throws {
        try await withBooking { scene in
            for number in 1...5 {
                let command = Command.book(
                    try TestEvents.basket([1: 1]), as: try TestEvents.key(for: scene.event),
                    of: scene.event, by: try #require(scene.booking.user),
                    at: Instant(microsecondsSinceEpoch: Int64(number) * 1_000_000))
                scene.ingress.stores.put(
                    try TestBookings.decided(
                        command, event: scene.event, sequence: Int64(number)))
            }
            scene.ingress.stores.put(
                try TestBookings.decided(try TestEvents.book(scene.event), event: scene.event))
            let sequences = try await pages(scene.buyer, "/v1/users/me/bookings")
            #expect(sequences == [[5, 4], [3, 2], [1]])
            let mine = try await scene.buyer.send(.get, "/v1/users/me/bookings?limit=1")
            let id = try #require(mine.json?["items"]?.array?.first?["id"]?.string)
            #expect(try await scene.buyer.send(.get, "/v1/bookings/\(id)").status == 200)
        }
    }

    @Test("an event's bookings stand in the order of its line, for its organizer alone")
    func ofEvent() async throws {
        try await withBooking { scene in
            for sequence in [3, 1, 2] as [Int64] {
                scene.ingress.stores.put(
                    try TestBookings.decided(
                        try TestEvents.book(scene.event), event: scene.event, sequence: sequence))
            }
            let path = "/v1/events/\(scene.event)/bookings"
            #expect(try await pages(scene.organizer, path) == [[1, 2], [3]])
            #expect(try await scene.buyer.send(.get, path).status == 403)
            #expect(try await scene.ingress.client.send(.get, path).status == 401)
        }
    }

    /// The sequences on each page of two.
    private func pages(_ client: TestClient, _ path: String) async throws -> [[Int64]] {
        var pages: [[Int64]] = []
        var query = "?limit=2"
        while pages.count < 10 {
            let page = try await client.send(.get, path + query)
            pages.append(page.json?["items"]?.array?.compactMap { $0["sequence"]?.integer } ?? [])
            guard let cursor = page.json?["nextCursor"]?.string else { return pages }
            query = "?limit=2&cursor=\(cursor)"
        }
        return pages
    }
}
