import BookingDomain
import BookingMessages
import BookingTestSupport
import Foundation
import HTTPTypes
import JSON
import Testing

@testable import BookingIngress

@Suite("Holds that are asked for") struct HoldSubmissionTests {
    private static func knowingHolds(_ configuration: inout IngressConfiguration) {
        configuration.kindsReadByAll = Set(CommandKind.allCases)
    }

    private func hold(
        _ buyer: TestClient, _ ticketType: String, key: String, isHold: String = "true",
        prefer: String? = nil
    ) async throws -> TestClient.Answer {
        var headers = [("idempotency-key", key)]
        if let prefer { headers.append(("prefer", prefer)) }
        return try await buyer.send(
            .post, "/v1/events/\(ticketType.prefix { $0 != "." })/bookings", headers: headers,
            body: """
                {"items":[{"ticketTypeId":"\(ticketType)","quantity":2}],"hold":\(isHold)}
                """)
    }

    @Test("a hold is a command of its own kind, and its id says what it is")
    func kind() async throws {
        try await TestIngress.with(configure: Self.knowingHolds) { ingress in
            let (_, types) = try await ingress.client.newUser(.organizer).newEvent()
            let buyer = try await ingress.client.newUser()
            let answer = try await hold(buyer, types[0], key: "k")
            #expect(answer.status == 202)
            let command = try #require(ingress.broker.published.first?.commands.first)
            #expect(command.kind == .hold)
            let id = try #require(answer.json?["id"]?.string.flatMap { BookingID($0) })
            #expect(id.flags == .hold)
            // The same once more, and `false` is as good as nothing.
            #expect(try await hold(buyer, types[0], key: "k").json?["id"] == answer.json?["id"])
            let plain = try await hold(buyer, types[0], key: "other", isHold: "false")
            #expect(plain.status == 202)
            #expect(ingress.broker.published.last?.commands.last?.kind == .book)
        }
    }

    @Test("a key is of one request: to hold is not to book")
    func keyReused() async throws {
        try await TestIngress.with(configure: Self.knowingHolds) { ingress in
            let (event, types) = try await ingress.client.newUser(.organizer).newEvent()
            let buyer = try await ingress.client.newUser()
            #expect(try await hold(buyer, types[0], key: "k").status == 202)
            let other = try await hold(buyer, types[0], key: "k", isHold: "false")
            #expect(other.status == 422)
            #expect(other.slug == "idempotency-key-reused")
            // Nor does an instance take it that did not see the first.
            let command = try #require(ingress.broker.published.first?.commands.first)
            let decided = try TestBookings.decided(
                command, event: event, flags: .hold, status: .held, hold: TestBookings.hold)
            try await ingress.broker.tell(
                OutcomeMessage(shard: event.shard, batch: 1, bookings: [decided], events: []))
            #expect(
                try await hold(buyer, types[0], key: "k", isHold: "false").slug
                    == "idempotency-key-reused")
        }
    }

    @Test("nothing is held while an owner may not know what that is, and bookings go on")
    func upgrading() async throws {
        try await TestIngress.with { ingress in
            let (_, types) = try await ingress.client.newUser(.organizer).newEvent()
            let buyer = try await ingress.client.newUser()
            let answer = try await hold(buyer, types[0], key: "k")
            #expect(answer.status == 503)
            #expect(answer.slug == "upgrading")
            #expect(answer.header("retry-after") != nil)
            #expect(try await buyer.book(types[0]).status == 202)
        }
    }

    @Test("a member that is no truth value is refused by name")
    func malformed() async throws {
        try await TestIngress.with(configure: Self.knowingHolds) { ingress in
            let (_, types) = try await ingress.client.newUser(.organizer).newEvent()
            let answer = try await hold(
                try await ingress.client.newUser(), types[0], key: "k", isHold: "1")
            #expect(answer.status == 422)
            #expect(answer.json?["errors"]?.array?.first?["pointer"] == .string("/hold"))
        }
    }

    @Test("what is held may come back: nobody is sent away at the door while something is")
    func heldIsNotSold() async throws {
        try await TestIngress.with { ingress in
            let (event, types) = try await ingress.client.newUser(.organizer).newEvent()
            func tell(version: Int64, held: Int) async throws {
                let state = TicketTypeState(
                    number: try TicketTypeNumber(1).orThrow(), capacity: 10, available: 0,
                    held: held)
                try await ingress.broker.tell(
                    OutcomeMessage(
                        shard: event.shard, batch: version, bookings: [],
                        events: [
                            EventState(
                                id: event, version: version, sequence: version, status: .onSale,
                                ticketTypes: [state])
                        ]))
            }
            let buyer = try await ingress.client.newUser()
            try await tell(version: 2, held: 3)
            #expect(try await buyer.book(types[0]).status == 202)
            try await tell(version: 3, held: 0)
            #expect(try await buyer.book(types[0]).slug == "sold-out")
        }
    }

    @Test("a stock that came back unheard is found in the database, a second later at most")
    func unheardReturn() async throws {
        try await TestIngress.with { ingress in
            let (event, types) = try await ingress.client.newUser(.organizer).newEvent()
            let buyer = try await ingress.client.newUser()
            let gone = TicketTypeState(
                number: try TicketTypeNumber(1).orThrow(), capacity: 10, available: 0)
            try await ingress.broker.tell(
                OutcomeMessage(
                    shard: event.shard, batch: 2, bookings: [],
                    events: [
                        EventState(
                            id: event, version: 2, sequence: 2, status: .onSale,
                            ticketTypes: [gone])
                    ]))
            #expect(try await buyer.book(types[0]).slug == "sold-out")
            ingress.stores.change(event) { event in event.version = 3 }
            try await eventually("the database is asked") {
                try await buyer.book(types[0]).status == 202
            }
        }
    }

    @Test("how long holds last is the organizer's to say")
    func terms() async throws {
        try await TestIngress.with { ingress in
            let organizer = try await ingress.client.newUser(.organizer)
            func make(_ members: String) async throws -> TestClient.Answer {
                try await organizer.send(
                    .post, "/v1/events",
                    body: """
                        {"title":"Opera","startsAt":"2100-01-01T20:00:00Z",\(members)
                         "ticketTypes":[{"name":"Seats","capacity":1}]}
                        """)
            }
            let plain = try await make("")
            #expect(plain.json?["holdSeconds"] == .integer(600))
            #expect(plain.json?["paymentGraceSeconds"] == .integer(120))
            let made = try await make(#""holdSeconds":30,"paymentGraceSeconds":3600,"#)
            #expect(made.status == 201)
            #expect(made.json?["holdSeconds"] == .integer(30))
            let id = try #require(made.json?["id"]?.string)
            let shown = try await organizer.send(.get, "/v1/events/\(id)")
            #expect(shown.json?["paymentGraceSeconds"] == .integer(3600))
            for (member, value) in [
                ("holdSeconds", "29"), ("holdSeconds", "86401"), ("holdSeconds", "\"600\""),
                ("paymentGraceSeconds", "9"), ("paymentGraceSeconds", "3601"),
            ] {
                let refused = try await make("\"\(member)\":\(value),")
                #expect(refused.status == 422)
                #expect(
                    refused.json?["errors"]?.array?.first?["pointer"] == .string("/\(member)"))
            }
        }
    }
}

@Suite("A buyer's list") struct BuyersListTests {
    @Test("each booking has its event's title, and what it costs; a status picks some of them")
    func list() async throws {
        try await TestIngress.with { ingress in
            let organizer = try await ingress.client.newUser(.organizer)
            let made = try await organizer.send(
                .post, "/v1/events",
                body: """
                    {"title":"Tosca","startsAt":"2100-01-01T20:00:00Z",
                     "ticketTypes":[
                        {"name":"A","capacity":9,"price":{"amount":1250,"currency":"EUR"}},
                        {"name":"B","capacity":9}]}
                    """)
            let types = try #require(
                made.json?["ticketTypes"]?.array?.compactMap { $0["id"]?.string })
            let event = try #require(made.json?["id"]?.string.flatMap { EventID($0) })
            let buyer = try await ingress.client.newUser()
            let booked = try await buyer.book(types[0], quantity: 3)
            #expect(booked.json?["total"]?["amount"] == .integer(3750))
            #expect(try await buyer.book(types[1]).json?["total"] == nil)
            let commands = ingress.broker.published.flatMap(\.commands)
            for (index, command) in commands.enumerated() {
                ingress.stores.put(
                    try TestBookings.decided(
                        command, event: event, status: index == 0 ? .confirmed : .cancelled,
                        sequence: Int64(index + 1)))
            }
            func items(_ query: String) async throws -> [JSONValue] {
                let answer = try await buyer.send(.get, "/v1/users/me/bookings\(query)")
                #expect(answer.status == 200)
                return answer.json?["items"]?.array ?? []
            }
            let all = try await items("")
            #expect(all.count == 2)
            #expect(all.allSatisfy { $0["eventTitle"] == .string("Tosca") })
            #expect(all.compactMap { $0["total"]?["amount"] } == [.integer(3750)])
            #expect(
                try await items("?status=cancelled").map { $0["status"] } == [.string("cancelled")])
            #expect(try await items("?status=expired").isEmpty)
            let wrong = try await buyer.send(.get, "/v1/users/me/bookings?status=sold")
            #expect(wrong.status == 400)
            #expect(wrong.slug == "invalid-parameter")
        }
    }
}
