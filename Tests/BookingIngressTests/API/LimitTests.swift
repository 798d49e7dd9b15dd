import BookingDomain
import BookingMessages
import BookingTestSupport
import JSON
import Testing

@testable import BookingIngress

/// Who has as much as may be had is told so at the door.
struct LimitTests {
    /// An ingress with an event of which each may have two, and a buyer who has them and asked for more.
    private func withSpentLimit(
        _ body: @Sendable (TestIngress, TestClient, _ ticketType: String) async throws -> Void
    ) async throws {
        try await TestIngress.with { ingress in
            let (event, types) = try await ingress.client.newUser(.organizer)
                .newEvent(capacities: [100], maxPerUser: 2)
            let buyer = try await ingress.client.newUser()
            #expect(try await buyer.book(types[0], quantity: 2, key: "two").status == 202)
            #expect(try await buyer.book(types[0], key: "one more").status == 202)
            let commands = ingress.broker.published.flatMap(\.commands)
            let confirmed = try TestBookings.decided(commands[0], event: event)
            let rejected = try TestBookings.decided(
                commands[1], event: event, status: .rejected, reason: .limitExceeded, sequence: 2)
            ingress.stores.put(confirmed)
            ingress.stores.put(rejected)
            try await ingress.broker.tell(
                OutcomeMessage(
                    shard: event.shard, batch: 1, bookings: [confirmed, rejected], events: []))
            try await body(ingress, buyer, types[0])
        }
    }

    @Test("of a buyer whose limit is spent nothing more is published")
    func refused() async throws {
        try await withSpentLimit { ingress, buyer, type in
            let published = ingress.broker.published.count
            for prefer in [nil, "wait=20"] {
                let answer = try await buyer.book(type, prefer: prefer)
                #expect(answer.status == 409)
                #expect(answer.slug == "limit-exceeded")
                #expect(answer.isProblem)
                #expect(answer.json?["booking"] == nil)
            }
            #expect(ingress.broker.published.count == published)
        }
    }

    @Test("what was decided before is told again, whatever the limit")
    func known() async throws {
        try await withSpentLimit { _, buyer, type in
            #expect(try await buyer.book(type, quantity: 2, key: "two").status == 201)
            let again = try await buyer.book(type, key: "one more")
            #expect(again.status == 409)
            #expect(again.json?["booking"] != nil)
        }
    }

    @Test("a booking sent again that is decided while its buyer is looked up is told, not refused")
    func decidedMeanwhile() async throws {
        try await withSpentLimit { ingress, buyer, type in
            let first = try #require(ingress.broker.published.first?.commands.first)
            let event = try #require(EventID(String(type.prefix { $0 != "." })))
            let key = BookingIdentity(try TestIngress.keys()).key(
                user: try #require(first.actor), event: event,
                idempotencyKey: try #require(IdempotencyKey("late")))
            let late = try TestBookings.decided(first, key: key, event: event, sequence: 3)
            ingress.stores.beforeLeftovers { ingress.stores.put(late) }
            #expect(try await buyer.book(type, quantity: 2, key: "late").status == 201)
        }
    }

    @Test("nobody else is refused, nor looked up")
    func others() async throws {
        try await withSpentLimit { ingress, buyer, type in
            let other = try await ingress.client.newUser()
            #expect(try await other.book(type).status == 202)
            let (_, types) = try await ingress.client.newUser(.organizer)
                .newEvent(capacities: [100], maxPerUser: 2)
            #expect(try await buyer.book(types[0]).status == 202)
            #expect(ingress.stores.leftoverLookUps == 0)
        }
    }

    @Test("a booking that is cancelled frees the limit at once")
    func freed() async throws {
        try await withSpentLimit { ingress, buyer, type in
            #expect(try await buyer.book(type).slug == "limit-exceeded")
            let command = try #require(ingress.broker.published.first?.commands.first)
            let event = try #require(EventID(String(type.prefix { $0 != "." })))
            ingress.stores.put(
                try TestBookings.decided(command, event: event, status: .cancelled))
            #expect(try await buyer.book(type).status == 202)
            // It may have more, so it is not looked up again.
            let lookUps = ingress.stores.leftoverLookUps
            #expect(try await buyer.book(type).status == 202)
            #expect(ingress.stores.leftoverLookUps == lookUps)
        }
    }

    @Test("when nobody can tell what the buyer has, the line tells")
    func databaseAway() async throws {
        try await withSpentLimit { ingress, buyer, type in
            ingress.stores.goAway()
            let answer = try await buyer.book(type)
            #expect(answer.status == 202)
        }
    }
}
