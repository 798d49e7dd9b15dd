import BookingDomain
import BookingMessages
import BookingTestSupport
import JSON
import Testing

@testable import BookingIngress

/// Who is sent away at the door, and who is not.
struct SheddingTests {
    private func state(_ event: EventID, version: Int64, available: Int) throws -> EventState {
        EventState(
            id: event, version: version, sequence: version, status: .onSale,
            ticketTypes: [
                TicketTypeState(
                    number: try TicketTypeNumber(1).orThrow(), capacity: 10, available: available)
            ])
    }

    @Test("of a sold-out event nothing is published, until a worker says that something is left")
    func soldOut() async throws {
        try await TestIngress.with { ingress in
            let (event, types) = try await ingress.client.newUser(.organizer).newEvent()
            let buyer = try await ingress.client.newUser()
            func tell(version: Int64, available: Int) async throws {
                try await ingress.broker.tell(
                    OutcomeMessage(
                        shard: event.shard, batch: version, bookings: [],
                        events: [try state(event, version: version, available: available)]))
            }
            try await tell(version: 2, available: 0)
            for prefer in [nil, "wait=20"] {
                let answer = try await buyer.book(types[0], prefer: prefer)
                #expect(answer.status == 409)
                #expect(answer.slug == "sold-out")
                #expect(answer.isProblem)
            }
            #expect(ingress.broker.published.isEmpty)
            try await tell(version: 3, available: 1)
            // Whether one is enough for two, the worker tells.
            #expect(try await buyer.book(types[0], quantity: 2).status == 202)
        }
    }

    @Test("who got the last ticket is told so again, also by an instance that did not hear of it")
    func lastTicket() async throws {
        try await TestIngress.with { ingress in
            let (event, types) = try await ingress.client.newUser(.organizer).newEvent()
            let buyer = try await ingress.client.newUser()
            #expect(try await buyer.book(types[0], key: "mine").status == 202)
            let command = try #require(ingress.broker.published.first?.commands.first)
            ingress.stores.put(try TestBookings.decided(command, event: event))
            try await ingress.broker.tell(
                OutcomeMessage(
                    shard: event.shard, batch: 2, bookings: [],
                    events: [try state(event, version: 2, available: 0)]))
            let again = try await buyer.book(types[0], key: "mine")
            #expect(again.status == 201)
            #expect(again.json?["status"] == .string("confirmed"))
            #expect(try await buyer.book(types[0], key: "another").slug == "sold-out")
            // Who can tell by the database alone is not refused for want of it.
            ingress.stores.goAway()
            #expect(try await buyer.book(types[0], key: "third").status == 202)
        }
    }

    @Test("a line that has grown too long takes nobody for a while, and says for how long")
    func longLine() async throws {
        // One buyer stands for as many as make a line long.
        try await TestIngress.with(configure: {
            $0.rateLimits = .off
            $0.lineWaitMax = .seconds(2)
        }) { ingress in
            let (event, types) = try await ingress.client.newUser(.organizer).newEvent()
            let (_, others) = try await ingress.client.newUser(.organizer).newEvent()
            let buyer = try await ingress.client.newUser()
            #expect(try await buyer.book(types[0], key: "first").status == 202)
            // Not of every booking the place is remembered.
            try await Task.sleep(for: WaitEstimator.sampleInterval)
            #expect(try await buyer.book(types[0], key: "second").status == 202)
            try await withThrowingTaskGroup { group in
                for number in 0..<WaitEstimator.lengthMin {
                    group.addTask {
                        let answer = try await buyer.book(types[0], key: "\(number)")
                        #expect(answer.status == 202)
                    }
                }
                try await group.waitForAll()
            }
            let commands = ingress.broker.published.flatMap(\.commands)
            // Hardly anything is decided.
            for (command, wait) in zip(
                commands, [WaitEstimator.busyWaitMin, WaitEstimator.windowMin])
            {
                try await Task.sleep(for: wait)
                #expect(try await buyer.book(others[0]).status == 202)
                try await ingress.broker.tell(
                    OutcomeMessage(
                        shard: event.shard, batch: 1,
                        bookings: [try TestBookings.decided(command, event: event)], events: []))
            }
            let answer = try await buyer.book(types[0])
            #expect(answer.status == 503)
            #expect(answer.slug == "overloaded")
            // 200 wait, and some ten are decided in a second.
            #expect((answer.header("retry-after").flatMap { Int($0) } ?? 0) >= 10)
            // Who stands in the line, or has left it, is no newcomer.
            #expect(try await buyer.book(types[0], key: "first").status == 201)
            #expect(try await buyer.book(types[0], key: "0").status == 202)
            #expect(try await buyer.book(others[0]).status == 202)
            // The line is gone, however long its last ones had waited.
            try await ingress.broker.tell(
                OutcomeMessage(
                    shard: event.shard, batch: 3,
                    bookings: try commands.map {
                        try TestBookings.decided($0, event: event)
                    }, events: []))
            #expect(try await buyer.book(types[0]).status == 202)
        }
    }
}
