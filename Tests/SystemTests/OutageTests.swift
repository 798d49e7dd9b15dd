import BookingLoad
import ChildProcesses
import Foundation
import Testing

extension SystemTests {
    @Suite("While a server is down")
    struct OutageTests {
        /// The contract: a submission that cannot be accepted is refused so soon.
        private static let refusalMax = Duration.seconds(1)
        private static let recoveryMax = Duration.seconds(30)
        private static let tries = 10
        private static let backlog = 100

        @Test("No broker: 503 with Retry-After within a second, and by itself 202 once it is back")
        func broker() async throws {
            try await TestSystem.with { system in
                let sale = try await Sale(system)
                try #require(try await sale.pursue("before").outcome.word == "confirmed")
                try await system.services.kill(.broker)
                for number in 0..<Self.tries {
                    let start = ContinuousClock.now
                    let answer = try await sale.submit("down-\(number)", at: number)
                    let took = start.duration(to: .now)
                    try #require(answer.status == 503, "\(answer.summary)")
                    try #require(answer.retryAfter.map { $0 >= .seconds(1) } == true)
                    try #require(took < Self.refusalMax)
                }
                let event = try await system.client.event(sale.event.id)
                try #require(event.ticketTypes.first?.available == sale.capacity - 1)
                for ingress in [TestSystem.Program.firstIngress, .secondIngress] {
                    try await expectUnhealthy(ingress, of: system, because: "broker")
                }
                try await expectUnhealthy(.worker, of: system, because: "broker")

                try await system.services.start()
                for number in 0..<2 {
                    try await eventually("it accepts again", within: Self.recoveryMax) {
                        try await sale.submit("again-\(number)", at: number).status == 202
                    }
                    let record = try await sale.pursue("again-\(number)", at: number)
                    try #require(record.outcome.word == "confirmed")
                }
                for program in TestSystem.Program.allCases {
                    try await system.waitUntilReady(program)
                }
                try #require(try await system.database.inconsistencies() == [])
            }
        }

        @Test("A broker short of memory: what was accepted is decided, and told to who waits")
        func alarm() async throws {
            try await TestSystem.with { system in
                let sale = try await Sale(system)
                system.send(SIGTERM, to: .worker)
                try await system.waitForEnd(of: .worker, within: .seconds(30))
                // More than a worker takes at once.
                var ids: [String] = []
                for number in 0..<Self.backlog {
                    let answer = try await sale.submit("waiting-\(number)", at: number % 2)
                    ids.append(try answer.expect(202, BookingDocument.self).id)
                }
                try await system.services.alarm(true)
                try system.launch(.worker)
                try await eventually("the queue is empty", within: Self.recoveryMax) {
                    try await system.database.rows("SELECT count(*) FROM booking")
                        .contains("\(Self.backlog)")
                }
                for (number, id) in ids.enumerated() {
                    let answer = try await system.client.status(
                        of: id, as: sale.crowd.buyers[0], waitSeconds: 5, at: number % 2)
                    let booking = try answer.expect(200, BookingDocument.self)
                    try #require(booking.status == "confirmed")
                }
                try #require(
                    try await system.broker.messages(in: "booking.event.\(sale.event.id)") == 0)
                try await system.services.alarm(false)
                try await system.waitUntilReady(.worker)
                try #require(try await sale.pursue("after").outcome.word == "confirmed")
                try #require(try await system.database.inconsistencies() == [])
            }
        }

        @Test("No database: 202 all the same, reads from memory, and outcomes once it is back")
        func database() async throws {
            try await TestSystem.with { system in
                let sale = try await Sale(system)
                for number in 0..<2 {
                    let record = try await sale.pursue("before-\(number)", at: number)
                    try #require(record.outcome.word == "confirmed")
                }
                try await system.services.kill(.postgres)
                for number in 0..<Self.tries {
                    let answer = try await sale.submit("down-\(number)", at: number)
                    try #require(answer.status == 202, "\(answer.summary)")
                    let event = try await system.client.event(sale.event.id, at: number)
                    try #require(event.ticketTypes.first?.available == sale.capacity - 2)
                }
                for ingress in [TestSystem.Program.firstIngress, .secondIngress] {
                    try await expectUnhealthy(ingress, of: system, because: "directory")
                    try await expectUnhealthy(ingress, of: system, because: "shard")
                }
                try await expectUnhealthy(.worker, of: system, because: "shard")

                try await system.services.start()
                for number in 0..<Self.tries {
                    let record = try await sale.pursue("down-\(number)", at: number)
                    try #require(record.outcome.word == "confirmed")
                }
                for program in TestSystem.Program.allCases {
                    try await system.waitUntilReady(program)
                }
                let rows = try await system.database.rows("SELECT key FROM booking")
                try #require(rows.count == Self.tries + 2)
                try #require(try await system.database.inconsistencies() == [])
            }
        }

        /// Waits until `/readyz` of a program answers 503 and names what is wrong.
        private func expectUnhealthy(
            _ program: TestSystem.Program, of system: TestSystem, because part: String
        ) async throws {
            var seen = "nothing"
            do {
                try await eventually("\(program.name) names \(part)", within: .seconds(10)) {
                    let readiness = try await system.readiness(of: program)
                    seen = "\(readiness.status), \(readiness.complaints)"
                    return readiness.status == "unhealthy"
                        && readiness.complaints.contains { $0.contains(part) }
                }
            } catch { throw TestFailure("\(error); seen: \(seen)") }
        }
    }
}

/// One event with one ticket type and one buyer.
struct Sale: Sendable {
    let system: TestSystem
    let crowd: Crowd
    let event: EventDocument
    let capacity = 1000

    init(_ system: TestSystem) async throws {
        self.system = system
        crowd = try await system.crowd(buyers: 1)
        event = try await system.client.createEvent(
            title: "Sale", capacities: [capacity], organizer: crowd.organizer)
    }

    private var items: [BookingDocument.Item] {
        [BookingDocument.Item(ticketTypeId: event.ticketTypes[0].id, quantity: 1)]
    }

    /// Submits once.
    func submit(
        _ key: String, waitSeconds: Int = 0, at instance: Int = 0
    ) async throws -> Answer {
        let body = try system.client.json(["items": items])
        return try await system.client.submit(
            body, to: event.id, key: key, buyer: crowd.buyers[0], waitSeconds: waitSeconds,
            at: instance)
    }

    /// Submits and pursues to the outcome.
    func pursue(_ key: String, at instance: Int = 0) async throws -> SubmissionRecord {
        let submitter = Submitter(
            client: system.client, waitSeconds: 10, patience: .seconds(40))
        return try await submitter.pursue(
            BookingRequest(
                buyer: 1, session: crowd.buyers[0], event: event.id, key: key, items: items,
                instance: instance))
    }
}
