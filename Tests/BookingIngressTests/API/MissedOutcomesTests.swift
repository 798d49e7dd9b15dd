import BookingBroker
import BookingDomain
import BookingMessages
import BookingTestSupport
import HTTPTypes
import JSON
import Testing

@testable import BookingIngress

@Suite("Outcomes that are not heard")
struct MissedOutcomesTests {
    private static func decided(
        _ ingress: TestIngress, status: BookingStatus = .confirmed
    ) throws -> Booking {
        let published = try #require(ingress.broker.published.last)
        let command = try #require(published.commands.last)
        return try TestBookings.decided(command, event: published.event, status: status)
    }

    @Test("Who waits is told what the database knows within two seconds, though nothing is heard")
    func silence() async throws {
        try await TestIngress.with { ingress in
            let (_, types) = try await ingress.client.newUser(.organizer).newEvent()
            let buyer = try await ingress.client.newUser()
            async let answer = buyer.book(types[0], prefer: "wait=20")
            try await eventually { ingress.waiters == 1 && !ingress.broker.published.isEmpty }
            let start = ContinuousClock.now
            ingress.stores.put(try Self.decided(ingress))
            #expect(try await answer.status == 201)
            #expect(ContinuousClock.now - start < .seconds(2))
        }
    }

    @Test("A gap is looked into though other outcomes are heard")
    func gap() async throws {
        try await TestIngress.with { ingress in
            let (event, types) = try await ingress.client.newUser(.organizer).newEvent()
            let buyer = try await ingress.client.newUser()
            func message(_ batch: Int64, after previous: Int64) -> OutcomeMessage {
                OutcomeMessage(
                    shard: event.shard, batch: batch, previousBatch: previous, incarnation: "a",
                    bookings: [], events: [])
            }
            try await ingress.broker.tell(message(1, after: 0))
            async let answer = buyer.book(types[0], prefer: "wait=20")
            try await eventually { ingress.waiters == 1 && !ingress.broker.published.isEmpty }
            ingress.stores.put(try Self.decided(ingress))
            let start = ContinuousClock.now
            try await ingress.broker.tell(message(3, after: 2))
            #expect(try await answer.status == 201)
            #expect(ContinuousClock.now - start < .seconds(1))
        }
    }

    @Test("What was heard of a database is forgotten when its history is another")
    func otherHistory() async throws {
        try await TestIngress.with { ingress in
            let (event, types) = try await ingress.client.newUser(.organizer).newEvent()
            let buyer = try await ingress.client.newUser()
            let id = try #require(
                try await buyer.book(types[0], key: "mine").json?["id"]?.string)
            let booking = try Self.decided(ingress)
            func message(_ bookings: [Booking], in incarnation: String) -> OutcomeMessage {
                OutcomeMessage(
                    shard: event.shard, batch: 5, previousBatch: 4, incarnation: incarnation,
                    bookings: bookings, events: [])
            }
            func status() async throws -> JSONValue? {
                try await buyer.send(.get, "/v1/bookings/\(id)").json?["status"]
            }
            try await ingress.broker.tell(message([booking], in: "a"))
            #expect(try await status() == .string("confirmed"))
            try await ingress.broker.tell(message([], in: "b"))
            // The restored database does not have it: it is decided again.
            #expect(try await status() == .string("pending"))
        }
    }

    @Test("An outcome heard while its event is loaded for the first time is not lost")
    func heardWhileLoading() async throws {
        try await TestIngress.with { ingress in
            let event = try TestEvents.event(capacities: [10])
            try await ingress.stores.create(event)
            ingress.stores.shutGate()
            async let answer = ingress.client.send(.get, "/v1/events/\(event.id)")
            try await eventually { ingress.server.application.catalog.loading == 1 }
            let state = EventState(
                id: event.id, version: 5, sequence: 4, status: .onSale,
                ticketTypes: [
                    TicketTypeState(
                        number: try TicketTypeNumber(1).orThrow(), capacity: 10, available: 6)
                ])
            try await ingress.broker.tell(
                OutcomeMessage(shard: event.id.shard, batch: 4, bookings: [], events: [state]))
            ingress.stores.openGate()
            let types = try await answer.json?["ticketTypes"]?.array
            #expect(types?.first?["available"] == .integer(6))
        }
    }
}
