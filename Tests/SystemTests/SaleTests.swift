import BookingLoad
import Foundation
import Logging
import Testing

extension SystemTests {
    @Suite("A sale")
    struct SaleTests {
        /// Rounds of the main drill: `BOXOFFICE_TEST_ROUNDS`, else a number fit for every day.
        static var rounds: Int {
            ProcessInfo.processInfo.environment["BOXOFFICE_TEST_ROUNDS"].flatMap { Int($0) } ?? 20
        }

        private func drill(_ configuration: DrillConfiguration, _ crowd: Crowd) async throws {
            let drill = Drill(
                configuration, crowd: crowd, logger: Logger(label: "system-test"))
            let start = ContinuousClock.now
            let report = try await drill.run { _ in }
            if !report.isClean { throw TestFailure(report.text) }
            let median = report.latency.median
            print(
                "\(report.rounds.count) rounds took \(start.duration(to: .now)), median \(median)")
        }

        @Test("Fifty buyers for ten seats: ten confirmed, forty sold out, in every round")
        func sale() async throws {
            try await TestSystem.with { system in
                let crowd = try await system.crowd(buyers: 50)
                let one = Array(system.urls.prefix(1))
                try await drill(DrillConfiguration(urls: one, rounds: Self.rounds), crowd)
                try await drill(DrillConfiguration(urls: system.urls, rounds: Self.rounds), crowd)
                // Spread out and polled for, so that some have an answer before others set out.
                try await drill(
                    DrillConfiguration(
                        urls: system.urls, rounds: 5, spread: .milliseconds(100), waitSeconds: 0),
                    crowd)
                try await drill(
                    DrillConfiguration(
                        urls: system.urls, mode: .baskets(secondSeats: 7),
                        rounds: max(Self.rounds / 2, 1)), crowd)
                try #require(try await system.database.inconsistencies() == [])
            }
        }

        @Test("Somebody else's booking, and one that never was, are not to be found")
        func strangers() async throws {
            try await TestSystem.with { system in
                let sale = try await Sale(system)
                let record = try await sale.pursue("mine")
                let id = try #require(record.ids.first)
                let stranger = try await system.client.signUp(
                    email: "stranger@drill.example", name: "Stranger", role: "organizer",
                    password: "worth nothing either")
                let end = try #require(id.last)
                let invented = String(id.dropLast()) + (end == "A" ? "Q" : "A")
                for instance in 0..<2 {
                    func status(_ id: String, _ session: Session) async throws -> Int {
                        try await system.client.status(
                            of: id, as: session, waitSeconds: 0, at: instance
                        ).status
                    }
                    try #require(try await status(id, sale.crowd.buyers[0]) == 200)
                    try #require(try await status(id, sale.crowd.organizer) == 200)
                    try #require(try await status(id, stranger) == 404)
                    try #require(try await status(invented, sale.crowd.buyers[0]) == 404)
                }
            }
        }

        @Test("The audit of the databases sees a row that is gone")
        func audit() async throws {
            try await TestSystem.with { system in
                let sale = try await Sale(system)
                for number in 0..<2 {
                    let record = try await sale.pursue("\(number)", at: number)
                    try #require(record.outcome.word == "confirmed")
                }
                try #require(try await system.database.inconsistencies() == [])
                _ = try await system.database.rows("DELETE FROM booking WHERE sequence = 1")
                let seen = try await system.database.inconsistencies()
                try #require(seen.map { $0.prefix { $0 != "|" } } == ["counters", "sequences"])
            }
        }

        @Test("A decided key sent to an ingress that does not know it: who waits or polls is told")
        func forgotten() async throws {
            try await TestSystem.with { system in
                let sale = try await Sale(system)
                var decided: [BookingDocument] = []
                for key in ["waited", "polled"] {
                    guard case .decided(let booking) = try await sale.pursue(key).outcome else {
                        throw TestFailure("\(key) was not decided")
                    }
                    decided.append(booking)
                }
                try await system.kill(.firstIngress)
                try await system.start(.firstIngress)
                let waited = try await sale.submit("waited", waitSeconds: 10)
                try #require(try waited.expect(201, BookingDocument.self) == decided[0])
                let again = try await sale.submit("polled")
                try #require(try again.expect(202, BookingDocument.self).id == decided[1].id)
                let polled = try await system.client.status(
                    of: decided[1].id, as: sale.crowd.buyers[0], waitSeconds: 0)
                try #require(try polled.expect(200, BookingDocument.self) == decided[1])
                try #require(try await system.database.rows("SELECT key FROM booking").count == 2)
                try #require(try await system.database.inconsistencies() == [])
            }
        }

        @Test("A key used a hundred times at once is one booking; with another body it is refused")
        func sameKey() async throws {
            try await TestSystem.with { system in
                let rounds = 5
                try await drill(
                    DrillConfiguration(
                        urls: system.urls, mode: .sameKey(copies: 100), rounds: rounds),
                    try await system.crowd(buyers: 2))
                let rows = try await system.database.rows(
                    "SELECT event_id, count(*) FROM booking GROUP BY event_id")
                try #require(rows.count == rounds)
                try #require(rows.allSatisfy { $0.hasSuffix("|2") }, "one row for each key")
                try #require(try await system.database.inconsistencies() == [])
            }
        }
    }
}
