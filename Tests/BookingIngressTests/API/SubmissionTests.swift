import BookingDomain
import BookingMessages
import BookingTestSupport
import Foundation
import HTTPTypes
import JSON
import NIOCore
import NIOHTTP1
import ProblemDetails
import Testing

@testable import BookingIngress

struct SubmissionTests {
    /// What a worker makes of the last command published.
    private func outcome(
        _ ingress: TestIngress, status: BookingStatus = .confirmed, reason: Reason? = nil,
        sequence: Int64 = 1
    ) throws -> OutcomeMessage {
        let published = try #require(ingress.broker.published.last)
        let command = try #require(published.commands.last)
        let booking = try TestBookings.decided(
            command, event: published.event, status: status, reason: reason, sequence: sequence)
        return OutcomeMessage(
            shard: published.event.shard, batch: 1, bookings: [booking], events: [])
    }

    @Test("a booking is taken when the broker has its command: 202, and where to look")
    func accepted() async throws {
        try await TestIngress.with { ingress in
            let (event, types) = try await ingress.client.newUser(.organizer).newEvent()
            let buyer = try await ingress.client.newUser()
            let answer = try await buyer.book(types[0], quantity: 3)
            #expect(answer.status == 202)
            let id = try #require(answer.json?["id"]?.string)
            #expect(answer.header("location") == "/v1/bookings/\(id)")
            #expect(answer.header("retry-after") == "1")
            #expect(answer.header("preference-applied") == nil)
            #expect(answer.json?["status"] == .string("pending"))
            #expect(answer.json?["eventId"] == .string(event.description))
            #expect(answer.json?["items"]?.array?.first?["quantity"] == .integer(3))
            #expect(answer.json?["createdAt"]?.string.flatMap { Instant(rfc3339: $0) } != nil)
            let published = try #require(ingress.broker.published.first)
            #expect(published.event == event)
            #expect(published.commands.map(\.basket) == [try TestEvents.basket([1: 3])])
        }
    }

    @Test(
        "who waits gets the outcome",
        arguments: [
            (BookingStatus.confirmed, nil, 201, nil),
            (.rejected, Reason.soldOut, 409, "sold-out"),
            (.rejected, .limitExceeded, 409, "limit-exceeded"),
            (.rejected, .eventClosed, 409, "event-closed"),
            (.rejected, .unknownTicketType, 409, "unknown-ticket-type"),
            (.rejected, .deadlinePassed, 409, "deadline-passed"),
            (.failed, .undecodable, 422, "undecodable"),
        ] as [(BookingStatus, Reason?, Int, String?)])
    func waited(status: BookingStatus, reason: Reason?, code: Int, slug: String?) async throws {
        try await TestIngress.with { ingress in
            let (_, types) = try await ingress.client.newUser(.organizer).newEvent()
            let buyer = try await ingress.client.newUser()
            async let waiting = buyer.book(types[0], prefer: "wait=20")
            try await ingress.broker.publishing(1)
            try await eventually("a command is published") { !ingress.broker.published.isEmpty }
            try await ingress.broker.tell(try outcome(ingress, status: status, reason: reason))
            let answer = try await waiting
            #expect(answer.status == code)
            #expect(answer.header("preference-applied") == "wait=20")
            let booking = code == 201 ? answer.json : answer.json?["booking"]
            #expect(booking?["status"] == .string(status.rawValue))
            #expect(booking?["reason"] == reason.map { .string($0.rawValue) })
            #expect(booking?["sequence"] == .integer(1))
            let id = try #require(booking?["id"]?.string)
            #expect(answer.header("location") == "/v1/bookings/\(id)")
            if let slug {
                #expect(answer.isProblem)
                #expect(answer.slug == slug)
            }
        }
    }

    @Test(
        "however a submission is written, it is answered alike",
        arguments: [
            ("", []), ("?", []),
            ("", [("content-type", "application/json;charset=utf-8")]),
            ("", [("prefer", "respond-async")]), ("", [("PREFER", "handling=strict")]),
        ] as [(String, [(String, String)])])
    func writtenOtherwise(query: String, headers: [(String, String)]) async throws {
        try await TestIngress.with { ingress in
            let (event, types) = try await ingress.client.newUser(.organizer).newEvent()
            let buyer = try await ingress.client.newUser()
            let items = #"{"items":[{"ticketTypeId":"\#(types[0])","quantity":1}]}"#
            // The first time its token is new here, the second time it is known.
            for number in 1...2 {
                async let waiting = buyer.send(
                    .post, "/v1/events/\(event)/bookings\(query)",
                    headers: headers + [("prefer", "wait=20"), ("idempotency-key", "\(number)")],
                    body: items)
                try await eventually("\(number) messages are published") {
                    ingress.broker.published.count >= number
                }
                try await ingress.broker.tell(try outcome(ingress, sequence: Int64(number)))
                let answer = try await waiting
                #expect(answer.status == 201)
                #expect(answer.json?["status"] == .string("confirmed"))
                #expect(answer.header("preference-applied") == "wait=20")
                #expect(
                    Set(answer.headers.map { $0.name.lowercased() }) == [
                        "preference-applied", "location", "content-type", "cache-control",
                        "x-request-id", "content-length", "date", "x-content-type-options",
                        "ratelimit", "ratelimit-policy",
                    ])
            }
        }
    }

    @Test(
        "only submissions go the way of submissions, wherever their path is found to be one",
        arguments: [
            (HTTPMethod.POST, "/v1/events/{event}/bookings", true),
            (.POST, "/v1/events/x/bookings?a=/b", true),
            (.POST, "http://host:1/v1/events/{event}/bookings", true),
            (.POST, "/v1/events/%65/bookings?", true),
            (.POST, "//v1/events/{event}/bookings", false),
            (.POST, "/v1/events//{event}/bookings", false),
            (.POST, "/v1/events/{event}/bookings/", false),
            (.POST, "/v1/events/./bookings", false), (.POST, "/v1/events//bookings", false),
            (.POST, "/v1/events/%2e%2E/bookings", false), (.POST, "/v1/events/bookings", false),
            (.GET, "/v1/events/{event}/bookings", false), (.POST, "/v1/events", false),
            (.POST, "/v1/events/{event}/bookings/x", false),
            (.POST, "/v1/events?/v1/events/x/bookings", false), (.POST, "*", false),
        ])
    func way(method: HTTPMethod, target: String, isSubmission: Bool) throws {
        let event = try TestEvents.event().id.description
        var bytes = ByteBuffer(
            string: "\(method) \(target.replacing("{event}", with: event)) HTTP/1.1\r\n"
                + "host: a\r\n\r\n")
        var parser = HTTPRequestParser()
        var found = false
        if case .head(let parsed)? = try? parser.next(from: &bytes) {
            found = BookingRequest(parsed.head, ByteBuffer()) != nil
        }
        #expect(found == isSubmission)
    }

    @Test("a wait that ends first is answered with 202, unless the database knows more")
    func waitEnds() async throws {
        try await TestIngress.with { ingress in
            let (_, types) = try await ingress.client.newUser(.organizer).newEvent()
            let buyer = try await ingress.client.newUser()
            let pending = try await buyer.book(types[0], prefer: "wait=1")
            #expect(pending.status == 202)
            #expect(pending.header("preference-applied") == "wait=1")
            async let waiting = buyer.book(types[0], prefer: "wait=1")
            try await eventually("two messages are published") {
                ingress.broker.published.count >= 2
            }
            // An outcome that nobody told of, because the broker was away.
            for booking in try outcome(ingress).bookings { ingress.stores.put(booking) }
            let waitingAnswer = try await waiting
            #expect(waitingAnswer.status == 201)
        }
    }

    @Test("who waits more often than he may is told of the oldest as it is, and nobody else is")
    func waitsPerUser() async throws {
        try await TestIngress.with(configure: { $0.waitersPerUserMax = 2 }) { ingress in
            let (_, types) = try await ingress.client.newUser(.organizer).newEvent()
            let (greedy, other) = (
                try await ingress.client.newUser(), try await ingress.client.newUser()
            )
            async let others = other.book(types[0], prefer: "wait=20")
            try await eventually("one waits") { ingress.waiters >= 1 }
            async let oldest = greedy.book(types[0], prefer: "wait=20")
            try await eventually("two wait") { ingress.waiters >= 2 }
            async let second = greedy.book(types[0], prefer: "wait=20")
            try await eventually("three wait") { ingress.waiters >= 3 }
            async let third = greedy.book(types[0], prefer: "wait=20")
            let displaced = try await oldest
            #expect(displaced.status == 202)
            #expect(displaced.json?["status"] == .string("pending"))
            #expect(ingress.waiters == 3)
            try await eventually("four commands are published") {
                ingress.broker.published.flatMap(\.commands).count >= 4
            }
            try await ingress.broker.tell(try TestBookings.decided(ingress.broker.published))
            let statuses = try await [others.status, second.status, third.status]
            #expect(statuses == [201, 201, 201])
        }
    }

    @Test("when the client leaves, its wait ends, once the broker has the command")
    func clientLeaves() async throws {
        try await TestIngress.with { ingress in
            let (event, types) = try await ingress.client.newUser(.organizer).newEvent()
            let token = try #require(try await ingress.client.newUser().token)
            let head = HTTPRequestHead(
                version: .http1_1, method: .POST, uri: "/v1/events/\(event)/bookings",
                headers: [
                    "authorization": "Bearer \(token)", "content-type": "application/json",
                    "idempotency-key": "k", "prefer": "wait=30",
                ])
            let body = #"{"items":[{"ticketTypeId":"\#(types[0])","quantity":1}]}"#
            ingress.broker.shutGate()
            let making = OneShot<SubmissionHandler.Making?>()
            let wait = ingress.server.application.responder(logger: TestIngress.quiet)
                .answerAtOnce(
                    head, ByteBuffer(string: body), from: Peer(nil, trusting: .none)
                ) { making.answer($0) }
            try await ingress.broker.publishing(1)
            wait?.answer(.clientGone)
            #expect(ingress.waiters == 0)
            #expect(!making.isAnswered)
            ingress.broker.openGate()
            #expect(await making.wait(cancelled: nil)?().status == .accepted)
        }
    }

    @Test("a submission whose event cannot be looked up in time is given up, and not booked later")
    func deadline() async throws {
        try await TestIngress.with(configure: { $0.requestDeadline = .seconds(1) }) {
            ingress in
            let event = try TestEvents.event()
            try await ingress.stores.create(event)
            let buyer = try await ingress.client.newUser()
            ingress.stores.shutGate()
            let type = TicketTypeID(event: event.id, number: try TicketTypeNumber(1).orThrow())
            let answer = try await buyer.book(type.description)
            #expect(answer.status == 503)
            #expect(answer.slug == "deadline-exceeded")
            ingress.stores.openGate()
            // Whatever was asked for before has been answered by then.
            #expect(try await ingress.client.send(.get, "/v1/events/\(event.id)").status == 200)
            #expect(ingress.broker.published.isEmpty)
        }
    }

    @Test("the same request sent a hundred times at once is one booking, one command at a time")
    func repeated() async throws {
        try await TestIngress.with { ingress in
            let (_, types) = try await ingress.client.newUser(.organizer).newEvent()
            let buyer = try await ingress.client.newUser()
            ingress.broker.shutGate()
            let ids = try await withThrowingTaskGroup(of: String?.self) { group in
                for _ in 0..<100 {
                    group.addTask {
                        let answer = try await buyer.book(types[0], key: "the same")
                        #expect(answer.status == 202)
                        return answer.json?["id"]?.string
                    }
                }
                try await ingress.broker.publishing(1)
                ingress.broker.openGate()
                return try await group.reduce(into: Set<String?>()) { $0.insert($1) }
            }
            #expect(ids.count == 1)
            #expect(Set(ingress.broker.published.flatMap(\.commands).map(\.key)).count == 1)
        }
    }

    @Test("a request sent again after its outcome is answered with it, and not published again")
    func known() async throws {
        try await TestIngress.with { ingress in
            let (_, types) = try await ingress.client.newUser(.organizer).newEvent()
            let buyer = try await ingress.client.newUser()
            let first = try await buyer.book(types[0], key: "k")
            try await ingress.broker.tell(try outcome(ingress))
            let again = try await buyer.book(types[0], key: "k")
            #expect(again.status == 201)
            #expect(again.json?["id"] == first.json?["id"])
            #expect(again.json?["status"] == .string("confirmed"))
            #expect(ingress.broker.published.count == 1)
        }
    }

    @Test("an outcome forgotten or missed is looked up for whoever sends the request again")
    func forgotten() async throws {
        try await TestIngress.with(configure: { $0.outcomesMax = 1 }) { ingress in
            let (event, types) = try await ingress.client.newUser(.organizer).newEvent()
            let buyer = try await ingress.client.newUser()
            #expect(try await buyer.book(types[0], key: "k").status == 202)
            // Nothing is decided, so nothing is found, and its command is published again.
            #expect(try await buyer.book(types[0], key: "k").status == 202)
            #expect(ingress.broker.published.count == 2)
            ingress.stores.put(try #require(outcome(ingress).bookings.first))
            let again = try await buyer.book(types[0], key: "k")
            #expect(again.status == 201)
            #expect(again.json?["status"] == .string("confirmed"))
            #expect(ingress.broker.published.count == 2)
            // A first request is never looked up.
            let lookUps = ingress.stores.bookingLookUps.count
            #expect(try await buyer.book(types[0], key: "another").status == 202)
            #expect(ingress.stores.bookingLookUps.count == lookUps)
            #expect(ingress.broker.published.last?.event == event)
        }
    }

    @Test("a request sent again is told its outcome though its event is closed by now")
    func closedMeanwhile() async throws {
        try await TestIngress.with { ingress in
            var event = try TestEvents.event()
            event.status = .closed
            try await ingress.stores.create(event)
            let number = try TicketTypeNumber(1).orThrow()
            let type = TicketTypeID(event: event.id, number: number).description
            let buyer = try await ingress.client.newUser()
            let session = try await buyer.send(.get, "/v1/users/me")
            let user = try #require(session.json?["id"]?.string.flatMap { UserID($0) })
            let key = BookingIdentity(try TestIngress.keys()).key(
                user: user, event: event.id,
                idempotencyKey: try #require(IdempotencyKey("mine")))
            let command = Command.book(
                try TestEvents.basket([1: 1]), as: key, of: event.id, by: user, at: TestEvents.now)
            ingress.stores.put(try TestBookings.decided(command, event: event.id))
            let again = try await buyer.book(type, key: "mine")
            #expect(again.status == 201)
            #expect(again.json?["status"] == .string("confirmed"))
            #expect(try await buyer.book(type, key: "another").slug == "event-closed")
            // Nobody can tell whether it was booked.
            ingress.stores.goAway()
            #expect(try await buyer.book(type, key: "third").status == 503)
            #expect(ingress.broker.published.isEmpty)
        }
    }

    @Test(
        "a key used for another body is refused and not published: pending, decided, or on its way")
    func keyReused() async throws {
        try await TestIngress.with { ingress in
            let (_, types) = try await ingress.client.newUser(.organizer).newEvent()
            let buyer = try await ingress.client.newUser()
            ingress.broker.shutGate()
            async let first = buyer.book(types[0], key: "k")
            try await ingress.broker.publishing(1)
            let onItsWay = try await buyer.book(types[0], quantity: 2, key: "k")
            ingress.broker.openGate()
            let firstAnswer = try await first
            #expect(firstAnswer.status == 202)
            let pending = try await buyer.book(types[0], quantity: 2, key: "k")
            try await ingress.broker.tell(try outcome(ingress))
            let decided = try await buyer.book(types[0], quantity: 2, key: "k")
            for answer in [onItsWay, pending, decided] {
                #expect(answer.status == 422)
                #expect(answer.slug == "idempotency-key-reused")
            }
            #expect(ingress.broker.published.count == 1)
            // For somebody else, and for another event, the key is free.
            let other = try await ingress.client.newUser()
            #expect(try await other.book(types[0], quantity: 2, key: "k").status == 202)
        }
    }

    @Test("when another instance took the key for another body, the outcome tells")
    func keyReusedElsewhere() async throws {
        try await TestIngress.with { ingress in
            let (event, types) = try await ingress.client.newUser(.organizer).newEvent()
            let buyer = try await ingress.client.newUser()
            async let waiting = buyer.book(types[0], key: "k", prefer: "wait=20")
            try await eventually("a command is published") { !ingress.broker.published.isEmpty }
            let command = try #require(ingress.broker.published.first?.commands.first)
            let other = Command.book(
                try TestEvents.basket([1: 9]), as: command.key, of: command.event,
                by: try #require(command.actor), at: try #require(command.acceptedAt))
            try await ingress.broker.tell(
                OutcomeMessage(
                    shard: event.shard, batch: 1,
                    bookings: [try TestBookings.decided(other, event: event)], events: []))
            let answer = try await waiting
            #expect(answer.status == 422)
            #expect(answer.slug == "idempotency-key-reused")
        }
    }

    @Test("an event that is over sells nothing, at the door already")
    func over() async throws {
        try await TestIngress.with { ingress in
            let event = try TestEvents.event(endsAt: TestEvents.now.advanced(by: .seconds(3600)))
            try await ingress.stores.create(event)
            let type = TicketTypeID(
                event: event.id, number: try TicketTypeNumber(1).orThrow()
            ).description
            let answer = try await ingress.client.newUser().book(type)
            #expect(answer.status == 409)
            #expect(answer.slug == "event-closed")
            #expect(ingress.broker.published.isEmpty)
        }
    }

    @Test("an event that was opened meanwhile is not refused because of what was known of it")
    func staleEvent() async throws {
        try await TestIngress.with { ingress in
            var event = try TestEvents.event()
            event.status = .closed
            try await ingress.stores.create(event)
            let type = TicketTypeID(
                event: event.id, number: try TicketTypeNumber(1).orThrow()
            ).description
            let buyer = try await ingress.client.newUser()
            #expect(try await buyer.book(type).slug == "event-closed")
            event.status = .onSale
            event.version += 1
            try await ingress.stores.create(event)
            // What refuses is never older than a fifth of a second.
            let deadline = ContinuousClock.now + .seconds(10)
            var status = 0
            while status != 202, ContinuousClock.now < deadline {
                status = try await buyer.book(type).status
            }
            #expect(status == 202)
        }
    }
}
