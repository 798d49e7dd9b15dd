import BookingLoad
import ChildProcesses
import Foundation
import Testing

extension SystemTests {
    @Suite("A poisonous message")
    struct PoisonTests {
        @Test("It ends among the dead, and its neighbours go on")
        func neighbours() async throws {
            try await TestSystem.with { system in
                let sale = try await Sale(system)
                try #require(try await sale.pursue("first").outcome.word == "confirmed")
                let messages = Poison(event: sale.event.id).messages
                for (number, message) in messages.enumerated() {
                    try #require(try await sale.submit("good-\(number)", at: number).status == 202)
                    try await system.broker.publish(
                        message.body, type: message.type, to: sale.event.id)
                }
                for number in messages.indices {
                    let record = try await sale.pursue("good-\(number)", at: number)
                    try #require(record.outcome.word == "confirmed")
                }
                try #require(try await sale.pursue("last").outcome.word == "confirmed")

                try await eventually("all are among the dead", within: .seconds(10)) {
                    try await system.broker.messages(in: "booking.dead") == messages.count
                }
                let line = try await system.client.line(
                    of: sale.event.id, organizer: sale.crowd.organizer)
                let confirmed = messages.count + 2 + Poison.goodInside
                try #require(line.map(\.outcome) == Array(repeating: "confirmed", count: confirmed))
                let failures = messages.map(\.failures).reduce(0, +)
                try await expect(failures: failures, in: system)
            }
        }

        @Test("Whoever waits for it learns that it failed")
        func buyer() async throws {
            try await TestSystem.with { system in
                let sale = try await Sale(system)
                let queue = "booking.event.\(sale.event.id)"
                system.send(SIGTERM, to: .worker)
                try await system.waitForEnd(of: .worker, within: .seconds(25))
                let pending = try await sale.submit("doomed").expect(202, BookingDocument.self)
                try #require(try await system.broker.purge(queue) == 1)
                let poison = Poison(event: sale.event.id)
                try await system.broker.publish(
                    poison.unreadable(key: try Poison.key(inside: pending.id)),
                    to: sale.event.id)
                try await system.start(.worker)
                let told = try await eventually("it has an outcome", within: .seconds(20)) {
                    let answer = try await system.client.status(
                        of: pending.id, as: sale.crowd.buyers[0], waitSeconds: 5, at: 1)
                    let booking = try answer.expect(200, BookingDocument.self)
                    return booking.isPending ? nil : booking
                }
                try #require(told.status == "failed")
                try #require(told.reason == "undecodable")
                let again = try await sale.submit("doomed", at: 1)
                try #require(again.status == 422)
                try #require(again.slug == "undecodable")
                try await expect(failures: 1, in: system)
            }
        }

        @Test("What only another version can read parks its event, until that is told to give way")
        func parked() async throws {
            try await TestSystem.with { system in
                let sale = try await Sale(system)
                try #require(try await sale.pursue("before").outcome.word == "confirmed")
                try await system.broker.publish(
                    "anything", type: "booking.commands.v99", to: sale.event.id)
                try #require(try await sale.submit("behind").status == 202)
                try await eventually("the worker says so", within: .seconds(10)) {
                    let readiness = try await system.readiness(of: .worker)
                    return readiness.status == "degraded"
                        && readiness.complaints.contains { $0.contains("1 event is parked") }
                }
                let line = try await system.client.line(
                    of: sale.event.id, organizer: sale.crowd.organizer)
                try #require(line.map(\.outcome) == ["confirmed"])
                try #require(try await system.broker.messages(in: "booking.dead") == 0)

                system.send(SIGTERM, to: .worker)
                try await system.waitForEnd(of: .worker, within: .seconds(25))
                try system.launch(.worker, with: ["BOXOFFICE_UNKNOWN_MESSAGES": "bury"])
                try #require(try await sale.pursue("behind").outcome.word == "confirmed")
                try await eventually("it is among the dead", within: .seconds(10)) {
                    try await system.broker.messages(in: "booking.dead") == 1
                }
            }
        }

        @Test("A command that kills every worker is found and fails; all around it are booked")
        func deadly() async throws {
            try await TestSystem.with(plantedBug: "fatal-thirteen") { system in
                let sale = try await Sale(system)
                let poison = Poison(event: sale.event.id)
                for number in 0..<5 {
                    try #require(
                        try await sale.submit("before-\(number)", at: number).status == 202)
                }
                try await system.broker.publish(poison.deadly, to: sale.event.id)
                var deaths = 0
                var number = 0
                let deadline = ContinuousClock.now + .seconds(40)
                while try await system.broker.messages(in: "booking.dead") == 0 {
                    try #require(ContinuousClock.now < deadline, "\(deaths) workers died of it")
                    if system.isRunning(.worker) {
                        try await Task.sleep(for: .milliseconds(50))
                    } else {
                        deaths += 1
                        try system.launch(.worker)
                        try #require(
                            try await sale.submit("while-\(number)", at: number).status == 202)
                        number += 1
                    }
                }
                try #require(deaths <= Poison.deathsMax)
                try #require(try await sale.pursue("after").outcome.word == "confirmed")
                let line = try await system.client.line(
                    of: sale.event.id, organizer: sale.crowd.organizer)
                // The killer has two good neighbours in its message.
                try #require(line.count { $0.outcome == "confirmed" } == 5 + 2 + number + 1)
                try await expect(failures: 1, in: system)
            }
        }

        private func expect(failures: Int, in system: TestSystem) async throws {
            let rows = try await system.database.rows(
                "SELECT reason, count(*) FROM booking WHERE status = 'failed' GROUP BY reason")
            try #require(rows == ["undecodable|\(failures)"])
            try #require(try await system.database.inconsistencies() == [])
        }
    }
}

/// Messages that cannot be read, wholly or in part.
struct Poison: Sendable {
    struct Message: Sendable {
        let body: String
        var type = "booking.commands.v1"
        /// Bookings it makes that failed.
        var failures = 0
    }

    /// The most workers that one deadly command may kill before it is found.
    static let deathsMax = 8

    /// Good commands inside messages that are bad elsewhere.
    static let goodInside = 2

    let messages: [Message]

    private let event: String

    init(event: String) {
        self.event = event
        // A booking key's shard stands where the event's does: in the third group, behind the
        // version.
        let shard = event.split(separator: "-")[2].dropFirst()
        func command(_ number: Int, quantity: String = "1") -> String {
            let key = "00000000-0000-8\(shard)-8000-00000000000\(number)"
            return Self.command(key: key, quantity: quantity)
        }
        func message(_ commands: String...) -> String {
            Self.message(event: event, commands: commands)
        }
        messages = [
            Message(body: "this is no JSON"),
            Message(body: message(command(1)), type: "orders.v1"),
            Message(body: message(command(2, quantity: "\"many\"")), failures: 1),
            Message(body: message(#"{"kind": "book"}"#)),
            Message(
                body: message(command(3), command(4, quantity: "1000000000"), command(5)),
                failures: 1),
        ]
    }

    /// A message whose second command kills the worker, with the bug planted that makes it do so.
    var deadly: String {
        let shard = event.split(separator: "-")[2].dropFirst()
        return Self.message(
            event: event,
            commands: ["1", "13", "1"].enumerated().map { number, quantity in
                Self.command(
                    key: "00000000-0000-8\(shard)-8000-00000000010\(number)", quantity: quantity)
            })
    }

    /// A message with one command of which little but the key can be read.
    func unreadable(key: String) -> String {
        Self.message(event: event, commands: [Self.command(key: key, quantity: "null")])
    }

    /// The booking key inside a public id: its first sixteen bytes, as a UUID.
    static func key(inside id: String) throws -> String {
        var base64 = id.replacing("-", with: "+").replacing("_", with: "/")
        base64 += String(repeating: "=", count: (4 - base64.count % 4) % 4)
        guard let bytes = Data(base64Encoded: base64), bytes.count >= 16 else {
            throw TestFailure("\(id) is no booking id")
        }
        let digits = bytes.prefix(16).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        return [0..<4, 4..<6, 6..<8, 8..<10, 10..<16].map { digits[$0].joined() }
            .joined(separator: "-")
    }

    private static func command(key: String, quantity: String) -> String {
        """
        {"kind": "book", "bookingKey": "\(key)",
         "userId": "00000000-0000-8000-8000-000000000001",
         "items": [{"ticketType": 1, "quantity": \(quantity)}],
         "submittedAtMicroseconds": 1700000000000000}
        """
    }

    private static func message(event: String, commands: [String]) -> String {
        #"{"eventId": "\#(event)", "commands": [\#(commands.joined(separator: ", "))]}"#
    }
}
