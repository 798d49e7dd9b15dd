import BookingBroker
import BookingDomain
import BookingMessages
import BookingStore
import BookingTestSupport
import HTTPTypes
import JSON
import ProblemDetails
import Synchronization
import Testing

@testable import BookingIngress

struct EventTests {
    private let opera = """
        {"title":"Opera","venue":"House","startsAt":"2030-01-01T20:00:00+01:00",
         "endsAt":"2030-01-01T23:00:00+01:00","ticketTypes":[
          {"name":"Stalls","capacity":100,"price":{"amount":4500,"currency":"EUR"},"maxPerUser":4},
          {"name":"Gallery","capacity":20}]}
        """

    @Test("an organizer's event is on sale at once, has its queue, and shows what it was given")
    func create() async throws {
        try await TestIngress.with { ingress in
            let organizer = try await ingress.client.newUser(.organizer)
            let made = try await organizer.send(.post, "/v1/events", body: opera)
            #expect(made.status == 201)
            let id = try #require(made.json?["id"]?.string.flatMap { EventID($0) })
            #expect(made.header("location") == "/v1/events/\(id)")
            #expect(made.json?["status"] == .string("onSale"))
            #expect(made.json?["startsAt"] == .string("2030-01-01T19:00:00Z"))
            #expect(made.json?["endsAt"] == .string("2030-01-01T22:00:00Z"))
            #expect(made.json?["version"] == .integer(1))
            let stalls = made.json?["ticketTypes"]?.array?.first
            #expect(stalls?["id"] == .string("\(id).1"))
            #expect(stalls?["available"] == .integer(100))
            #expect(stalls?["price"]?["amount"] == .integer(4500))
            #expect(stalls?["maxPerUser"] == .integer(4))
            #expect(made.json?["ticketTypes"]?.array?.last?["price"] == nil)
            #expect(ingress.broker.prepared == [id])
            #expect(id.shard.rawValue < 4)
            let shown = try await ingress.client.send(.get, "/v1/events/\(id)")
            #expect(shown.status == 200)
            #expect(shown.json == made.json)
            #expect(shown.header("cache-control") == "public, max-age=1")
        }
    }

    @Test("an event has a hundred ticket types with the longest names, up to 64 KiB in all")
    func large() async throws {
        try await TestIngress.with { ingress in
            let organizer = try await ingress.client.newUser(.organizer)
            func body(_ letter: String) -> String {
                let types = (100..<200).map { number in
                    let name = String(repeating: letter, count: 197) + "\(number)"
                    return #"{"name":"\#(name)","capacity":1}"#
                }
                return #"{"title":"T","startsAt":"2030-01-01T20:00:00Z","ticketTypes":["#
                    + types.joined(separator: ",") + "]}"
            }
            let made = try await organizer.send(.post, "/v1/events", body: body("é"))
            #expect(made.status == 201)
            #expect(made.json?["ticketTypes"]?.array?.count == 100)
            let larger = try await organizer.send(.post, "/v1/events", body: body("語語"))
            #expect(larger.status == 413)
            #expect(larger.slug == "content-too-large")
        }
    }

    @Test("an event that could not be made today any more is shown as it is, and can be booked")
    func older() async throws {
        try await TestIngress.with { ingress in
            let number = try (1...2).map { try TicketTypeNumber($0).orThrow() }
            let prices = [Money(amount: 5, currency: "DEM"), Money(amount: 7, currency: "ABC")]
            let model = try TestEvents.event()
            let start = try Instant(rfc3339: "2030-01-01T20:00:00Z").orThrow()
            let event = Event(
                id: model.id, organizer: model.organizer, title: model.title, venue: nil,
                startsAt: start, endsAt: nil, createdAt: model.createdAt, status: .onSale,
                version: 1, sequence: 0,
                ticketTypes: zip(number, prices).map { number, price in
                    TicketType(
                        number: number, name: "Seats", price: price, maxPerUser: nil,
                        stock: Stock(capacity: 5))
                })
            try await ingress.stores.create(event)
            let shown = try await ingress.client.send(.get, "/v1/events/\(event.id)")
            let types = shown.json?["ticketTypes"]?.array ?? []
            #expect(types.compactMap { $0["name"]?.string } == ["Seats", "Seats"])
            #expect(types.compactMap { $0["price"]?["currency"]?.string } == ["DEM", "ABC"])
            let booked = try await ingress.client.newUser().book("\(event.id).2")
            #expect(booked.status == 202)
        }
    }

    @Test("an organizer has so many events at most, however many are made at once")
    func tooMany() async throws {
        try await TestIngress.with(configure: { $0.organizerEventsMax = 3 }) { ingress in
            let organizer = try await ingress.client.newUser(.organizer)
            ingress.stores.shutGate()
            let answers = try await withThrowingTaskGroup { group in
                for _ in 0..<8 {
                    group.addTask { try await organizer.send(.post, "/v1/events", body: opera) }
                }
                try await eventually { ingress.stores.waitingAtGate == 8 }
                ingress.stores.openGate()
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let made = answers.count { $0.status == 201 }
            #expect((1...3).contains(made))
            for _ in made..<3 { _ = try await organizer.newEvent() }
            let refused = try await organizer.send(.post, "/v1/events", body: opera)
            #expect(refused.status == 409)
            #expect(refused.json?["type"] == .string("/problems/too-many-events"))
            _ = try await ingress.client.newUser(.organizer).newEvent()
        }
    }

    @Test("new events are spread over the shards")
    func shards() async throws {
        try await TestIngress.with { ingress in
            let organizer = try await ingress.client.newUser(.organizer)
            var shards: Set<Int> = []
            for _ in 0..<60 { shards.insert(try await organizer.newEvent().id.shard.rawValue) }
            #expect(shards == [0, 1, 2, 3])
        }
    }

    @Test("an event can be made while the broker is away")
    func brokerAway() async throws {
        try await TestIngress.with { ingress in
            let organizer = try await ingress.client.newUser(.organizer)
            ingress.broker.fail(with: .init(.unavailable, "away"))
            _ = try await organizer.newEvent()
        }
    }

    @Test("who has the event's present state need not read it again")
    func notModified() async throws {
        try await TestIngress.with { ingress in
            let (id, _) = try await ingress.client.newUser(.organizer).newEvent()
            let first = try await ingress.client.send(.get, "/v1/events/\(id)")
            let tag = try #require(first.header("etag"))
            for value in [tag, "W/\(tag)", "\"other\", \(tag)", "*"] {
                let again = try await ingress.client.send(
                    .get, "/v1/events/\(id)", headers: [("if-none-match", value)])
                #expect(again.status == 304)
                #expect(again.text.isEmpty)
                #expect(again.header("etag") == tag)
            }
            let other = try await ingress.client.send(
                .get, "/v1/events/\(id)", headers: [("if-none-match", "\"other\"")])
            #expect(other.status == 200)
        }
    }

    @Test("availability follows the outcomes, and so does the entity tag")
    func availability() async throws {
        try await TestIngress.with { ingress in
            let (id, _) = try await ingress.client.newUser(.organizer).newEvent(capacities: [10])
            let before = try await ingress.client.send(.get, "/v1/events/\(id)")
            let number = try TicketTypeNumber(1).orThrow()
            try await ingress.broker.tell(
                OutcomeMessage(
                    shard: id.shard, batch: 1, bookings: [],
                    events: [
                        EventState(
                            id: id, version: 2, sequence: 7, status: .closed,
                            ticketTypes: [
                                TicketTypeState(number: number, capacity: 10, available: 3)
                            ])
                    ]))
            let after = try await ingress.client.send(.get, "/v1/events/\(id)")
            #expect(after.json?["ticketTypes"]?.array?.first?["available"] == .integer(3))
            #expect(after.json?["status"] == .string("closed"))
            #expect(after.header("etag") != before.header("etag"))
        }
    }

    @Test("an event's queue is there before the event, and goes when the event is not made")
    func queueFirst() async throws {
        try await TestIngress.with { ingress in
            let organizer = try await ingress.client.newUser(.organizer)
            let known = Mutex<[EventID]>([])
            ingress.broker.beforePreparing { [stores = ingress.stores] event in
                let found = (try? await stores.events([event])) ?? []
                known.withLock { $0 += found.map(\.id) }
            }
            #expect(try await organizer.send(.post, "/v1/events", body: opera).status == 201)
            #expect(ingress.broker.prepared.count == 1)
            #expect(known.withLock { $0 }.isEmpty)
            #expect(ingress.broker.discarded.isEmpty)
            ingress.stores.goAway()
            #expect(try await organizer.send(.post, "/v1/events", body: opera).status == 503)
            #expect(ingress.broker.discarded == Array(ingress.broker.prepared.suffix(1)))
            // What may have been made keeps it.
            ingress.stores.goAway(leaving: .unknownOutcome)
            #expect(try await organizer.send(.post, "/v1/events", body: opera).status == 503)
            #expect(ingress.broker.prepared.count == 3)
            #expect(ingress.broker.discarded.count == 1)
        }
    }

    @Test("a draft is seen by its organizer alone, and cannot be booked")
    func draft() async throws {
        try await TestIngress.with { ingress in
            let organizer = try await ingress.client.newUser(.organizer)
            let (id, types) = try await organizer.newEvent(status: "draft")
            let other = try await ingress.client.newUser(.organizer)
            #expect(ingress.broker.prepared.isEmpty)
            #expect(try await ingress.client.send(.get, "/v1/events/\(id)").status == 404)
            #expect(try await other.send(.get, "/v1/events/\(id)").status == 404)
            #expect(try await other.send(.get, "/v1/events/\(id)/bookings").status == 404)
            #expect(try await other.book(types[0]).status == 404)
            let shown = try await organizer.send(.get, "/v1/events/\(id)")
            #expect(shown.status == 200)
            #expect(shown.header("cache-control") == "private, no-cache")
            let booked = try await organizer.book(types[0])
            #expect(booked.status == 409)
            #expect(booked.slug == "event-closed")
            let listed = try await organizer.send(.get, "/v1/events")
            #expect(listed.json?["items"]?.array == [])
        }
    }

    @Test("an event that is not listed says so, and can be booked by whoever knows it")
    func unlisted() async throws {
        try await TestIngress.with { ingress in
            let organizer = try await ingress.client.newUser(.organizer)
            let made = try await organizer.send(
                .post, "/v1/events",
                body: """
                    {"title":"Trial","startsAt":"2100-01-01T20:00:00Z","listed":false,
                     "ticketTypes":[{"name":"Seats","capacity":1}]}
                    """)
            #expect(made.status == 201)
            #expect(made.json?["listed"] == .bool(false))
            let id = try #require(made.json?["id"]?.string)
            let shown = try await ingress.client.send(.get, "/v1/events/\(id)")
            #expect(shown.json?["listed"] == .bool(false))
            let type = try #require(made.json?["ticketTypes"]?.array?.first?["id"]?.string)
            #expect(try await ingress.client.newUser().book(type).status == 202)
            let (other, _) = try await organizer.newEvent()
            let listed = try await ingress.client.send(.get, "/v1/events/\(other)")
            #expect(listed.json?["listed"] == .bool(true))
        }
    }

    @Test("events are listed newest first, page by page, each once")
    func list() async throws {
        try await TestIngress.with { ingress in
            let organizer = try await ingress.client.newUser(.organizer)
            var made: Set<String> = []
            for _ in 0..<7 { made.insert(try await organizer.newEvent().id.description) }
            var seen: [String] = []
            var query = "?limit=3"
            var pages = 0
            while pages < 10 {
                pages += 1
                let page = try await ingress.client.send(.get, "/v1/events\(query)")
                #expect(page.status == 200)
                seen += page.json?["items"]?.array?.compactMap { $0["id"]?.string } ?? []
                guard let cursor = page.json?["nextCursor"]?.string else { break }
                query = "?limit=3&cursor=\(cursor)"
            }
            #expect(pages == 3)
            #expect(seen == made.sorted(by: >))
        }
    }
}
