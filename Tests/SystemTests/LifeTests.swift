import BookingLoad
import ChildProcesses
import Foundation
import NIOHTTP1
import Testing

extension SystemTests {
    /// The life of a booking, as clients of two instances see it.
    @Suite("A booking's life")
    struct LifeTests {
        @Test(
            "Held, extended, paid for, confirmed, cancelled: each once, however often it is asked")
        func wholeLife() async throws {
            try await TestSystem.with { system in
                let stage = try await Stage(system)
                let held = try await stage.hold("a")
                let id = try held.text("id")
                try #require(held.text("status") == "held")
                try #require(try held.integer("expiresInSeconds") > 20)
                try #require(try await stage.available() == 8)

                // More time, asked for twice with one key, at either instance: once.
                let first = try await stage.ask(.POST, id, "/extension", key: "more", wait: 5)
                try #require(first.status == 200)
                let again = try await stage.ask(
                    .POST, id, "/extension", key: "more", wait: 5, at: 1)
                try #require(again.status == 200)
                try #require(try again.text("expiresAt") == first.text("expiresAt"))
                try #require(try await stage.ask(.POST, id, "/extension").status == 400)

                // It is being paid for: once a booking.
                let paying = try await stage.ask(
                    .POST, id, "/confirmation", wait: 5, at: 1, body: #"{"paying":true}"#)
                try #require(paying.text("status") == "held")
                let second = try await stage.ask(
                    .POST, id, "/confirmation", key: "again", wait: 5, body: #"{"paying":true}"#)
                try #require(second.status == 409 && second.slug == "not-confirmable")
                try #require(second.booking("status") == "held")

                // Confirmed; then cancelled by the organizer; a confirmation sent again changes nothing.
                let confirmed = try await stage.ask(.POST, id, "/confirmation", wait: 5)
                try #require(confirmed.text("status") == "confirmed")
                try #require(
                    try await stage.ask(.POST, id, "/confirmation", at: 1).status == 200)
                let late = try await stage.ask(.POST, id, "/extension", key: "late", wait: 5)
                try #require(late.status == 409 && late.slug == "not-extendable")
                let cancelled = try await stage.ask(
                    .DELETE, id, wait: 5, by: stage.crowd.organizer)
                try #require(cancelled.text("status") == "cancelled")
                try #require(try await stage.available() == 10)
                for instance in 0..<2 {
                    try #require(try await stage.ask(.DELETE, id, at: instance).status == 200)
                    let repeated = try await stage.ask(
                        .POST, id, "/confirmation", wait: 5, at: instance)
                    try #require(repeated.status == 200)
                    try #require(repeated.text("status") == "cancelled")
                }
                let other = try await stage.ask(.POST, id, "/confirmation", key: "new", wait: 5)
                try #require(other.status == 409 && other.slug == "not-confirmable")
                try #require(try await stage.available() == 10)
                try await stage.checkStrangers(id)
                try #require(try await system.database.inconsistencies() == [])
            }
        }

        @Test("A change is a resource of its own, and can be polled at any instance")
        func changes() async throws {
            try await TestSystem.with { system in
                let stage = try await Stage(system)
                let id = try await stage.hold("a").text("id")
                let accepted = try await stage.ask(.POST, id, "/confirmation")
                try #require(accepted.status == 202)
                let path = try #require(accepted.headers.first(name: "Location"))
                try #require(path.hasPrefix("/v1/bookings/\(id)/changes/"))
                let change = try await stage.get(path, wait: 10, at: 1)
                try #require(change.text("status") == "applied")
                try #require(change.booking("status") == "confirmed")
                // Refused, and told so whoever asks.
                let refused = try await stage.ask(.POST, id, "/extension", key: "k")
                let place = try #require(refused.headers.first(name: "Location"))
                for instance in 0..<2 {
                    let seen = try await stage.get(place, wait: 10, at: instance)
                    try #require(seen.text("status") == "refused")
                    try #require(seen.text("reason") == "not_extendable")
                }
                // Nobody has asked for this one; and no other booking has that one.
                let end = try #require(path.last)
                let invented = String(path.dropLast()) + (end == "A" ? "Q" : "A")
                try #require(try await stage.get(invented).status == 404)
                let another = try await stage.hold("b").text("id")
                let foreign = path.replacing(id, with: another)
                try #require(try await stage.get(foreign).status == 404)
            }
        }

        @Test(
            "A hold that lapses gives its tickets back; late is not too late while they are there")
        func expiry() async throws {
            try await TestSystem.with { system in
                let stage = try await Stage(system, capacity: 4)
                let ids = [
                    try await stage.hold("a").text("id"), try await stage.hold("b").text("id"),
                ]
                try #require(try await stage.available() == 0)
                // Who waits is told in the second it happens.
                for id in ids {
                    let booking = try await stage.get("/v1/bookings/\(id)")
                    let after = try booking.integer("asOfSequence")
                    var seen = booking
                    while try seen.text("status") == "held" {
                        seen = try await stage.get(
                            "/v1/bookings/\(id)?after=\(after)", wait: 30, at: 1)
                    }
                    try #require(seen.text("status") == "expired")
                }
                let times = try await system.database.rows(Self.lateness)
                try #require(times.allSatisfy { (0..<1.5).contains(Double($0) ?? -1) }, "\(times)")
                // The tickets of one are still there, those of the other go to somebody else.
                let late = try await stage.ask(.POST, ids[0], "/confirmation", wait: 5, at: 1)
                try #require(late.text("status") == "confirmed")
                let other = try await stage.book("c")
                try #require(other.text("status") == "confirmed")
                let tooLate = try await stage.ask(.POST, ids[1], "/confirmation", wait: 5)
                try #require(tooLate.status == 409 && tooLate.slug == "hold-expired")
                try #require(tooLate.booking("status") == "expired")
                try #require(try await stage.available() == 0)
                try #require(try await system.database.inconsistencies() == [])
            }
        }

        /// How many seconds after its time each expiry was applied; what was held says when that was.
        private static let lateness = """
            SELECT extract(epoch FROM p.decided_at - (b.decided_at + interval '30 seconds'))
              FROM booking b
              JOIN log_page p ON p.event_id = b.event_id
               AND b.as_of_sequence BETWEEN p.first_sequence AND p.first_sequence + p.count - 1
             WHERE b.status = 'expired'
            """
    }
}

/// An event whose holds last half a minute, and who acts on it.
private struct Stage {
    let system: TestSystem
    let crowd: Crowd
    let event: String
    let ticketType: String

    init(_ system: TestSystem, capacity: Int = 10) async throws {
        self.system = system
        crowd = try await system.crowd(buyers: 2)
        let body = """
            {"title":"A life","startsAt":"2100-01-01T20:00:00Z","listed":false,"holdSeconds":30,
             "paymentGraceSeconds":60,"ticketTypes":[{"name":"Seats","capacity":\(capacity)}]}
            """
        let made = try await system.client.send(
            .POST, "/v1/events", token: crowd.organizer.token, body: Array(body.utf8))
        event = try made.text("id")
        let types = made.members["ticketTypes"] as? [[String: Any]]
        ticketType = try #require(types?.first?["id"] as? String, "\(made.summary)")
    }

    /// Holds two tickets; a new system is asked until all know what that is.
    func hold(_ key: String) async throws -> Answer { try await submit(key, isHold: true) }

    /// Books two tickets.
    func book(_ key: String) async throws -> Answer { try await submit(key, isHold: false) }

    private func submit(_ key: String, isHold: Bool) async throws -> Answer {
        let body = """
            {"items":[{"ticketTypeId":"\(ticketType)","quantity":2}],"hold":\(isHold)}
            """
        var answer: Answer?
        try await eventually("the booking is decided", within: .seconds(40)) {
            let last = try await system.client.send(
                .POST, "/v1/events/\(event)/bookings", token: crowd.buyers[0].token,
                headers: ["Idempotency-Key": key, "Prefer": "wait=10"], body: Array(body.utf8),
                timeout: .seconds(20))
            answer = last
            if last.status == 503 { try await Task.sleep(for: last.retryAfter ?? .seconds(1)) }
            return last.status != 503 && last.status != 202
        }
        return try #require(answer)
    }

    /// Asks for a change; again, as any client does, while that instance of a new system is not sure yet that the
    /// workers know what that is.
    func ask(
        _ method: HTTPMethod, _ booking: String, _ path: String = "", key: String? = nil,
        wait: Int = 0, at instance: Int = 0, by session: Session? = nil, body: String? = nil
    ) async throws -> Answer {
        var headers = HTTPHeaders()
        if let key { headers.add(name: "Idempotency-Key", value: key) }
        if wait > 0 { headers.add(name: "Prefer", value: "wait=\(wait)") }
        var answer: Answer?
        try await eventually("that instance offers the change", within: .seconds(20)) {
            let last = try await system.client.send(
                method, "/v1/bookings/\(booking)\(path)", to: instance,
                token: (session ?? crowd.buyers[0]).token, headers: headers,
                body: body.map { Array($0.utf8) }, timeout: .seconds(20))
            answer = last
            guard last.slug == "upgrading" else { return true }
            try await Task.sleep(for: last.retryAfter ?? .seconds(1))
            return false
        }
        return try #require(answer)
    }

    func get(_ path: String, wait: Int = 0, at instance: Int = 0) async throws -> Answer {
        try await system.client.send(
            .GET, path, to: instance, token: crowd.buyers[0].token,
            headers: wait > 0 ? ["Prefer": "wait=\(wait)"] : [:], timeout: .seconds(40))
    }

    /// What the database says is left.
    func available() async throws -> Int {
        let rows = try await system.database.rows(
            "SELECT available FROM ticket_type WHERE event_id = '\(event)'")
        return try #require(rows.first.flatMap { Int($0) })
    }

    /// A stranger can do nothing with the booking, nor can its organizer confirm it.
    func checkStrangers(_ id: String) async throws {
        for session in [crowd.buyers[1], crowd.organizer] {
            let answer = try await ask(.POST, id, "/confirmation", by: session)
            try #require(answer.status == 404)
        }
        try #require(try await ask(.DELETE, id, by: crowd.buyers[1]).status == 404)
    }
}

extension Answer {
    fileprivate var members: [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any] ?? [:]
    }

    /// A member that is a text.
    fileprivate func text(_ member: String) throws -> String {
        try #require(members[member] as? String, "\(member) in \(summary)")
    }

    /// A member that is a whole number.
    fileprivate func integer(_ member: String) throws -> Int64 {
        let number = try #require(members[member] as? NSNumber, "\(member) in \(summary)")
        return number.int64Value
    }

    /// A member of the booking that it is about.
    fileprivate func booking(_ member: String) -> String? {
        (members["booking"] as? [String: Any])?[member] as? String
    }
}
