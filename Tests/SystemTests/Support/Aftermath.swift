import ChildProcesses
import Foundation
import Testing
@testable import BookingLoad

/// What must be true once a load is over and everything runs again.
struct Aftermath: Sendable {
    let system: TestSystem
    let crowd: Crowd
    let events: [EventDocument]
    let entries: [SteadyLoad.Entry]

    /// How long all outcomes together may take to be there.
    private static let outcomesMax = Duration.seconds(60)
    private static let askersMax = 24

    /// Every accepted request has one outcome, the same from everybody and everywhere, rows and
    /// counters agree, and nothing is left in the lines.
    func check() async throws {
        let accepted = entries.filter { $0.acceptedID != nil }
        try checkRequests()
        let told = try await outcomes(of: accepted, instance: 0)
        let toldAgain = try await outcomes(of: accepted, instance: 1)
        try #require(told.count == Set(accepted.compactMap(\.acceptedID)).count)
        try #require(told == toldAgain, "both instances tell the same")
        for case .decided(let booking) in accepted.map(\.record.outcome) {
            try #require(told[booking.id] == booking, "what was told once stays so")
        }
        try await passLines()
        for event in events { try await check(event, told: told) }
        let rows = try await system.database.rows("SELECT key FROM booking")
        try #require(rows.count >= accepted.count)
        try #require(try await system.database.inconsistencies() == [])
        try await checkQueues()
    }

    /// No request ended in a way that an outage does not excuse.
    private func checkRequests() throws {
        let odd = entries.filter {
            switch $0.record.outcome {
            case .open, .decided, .refused(409, "sold-out"): false
            case .refused, .lost, .unanswered: true
            }
        }
        try #require(odd.map { "\($0.record.outcome)" } == [])
        let ids = entries.flatMap { $0.record.ids }
        try #require(Set(ids).count == ids.count, "an id for each key")
    }

    /// Asks for every outcome, a few at a time.
    private func outcomes(
        of accepted: [SteadyLoad.Entry], instance: Int
    ) async throws -> [String: BookingDocument] {
        let deadline = ContinuousClock.now + Self.outcomesMax
        return try await withThrowingTaskGroup(of: BookingDocument.self) { group in
            var outcomes: [String: BookingDocument] = [:]
            for (number, entry) in accepted.enumerated() {
                if number >= Self.askersMax, let booking = try await group.next() {
                    outcomes[booking.id] = booking
                }
                group.addTask {
                    try await outcome(of: entry, instance: instance, until: deadline)
                }
            }
            for try await booking in group { outcomes[booking.id] = booking }
            return outcomes
        }
    }

    private func outcome(
        of entry: SteadyLoad.Entry, instance: Int, until deadline: ContinuousClock.Instant
    ) async throws -> BookingDocument {
        let id = entry.acceptedID ?? ""
        var seen = "nothing"
        repeat {
            let answer = try await system.client.status(
                of: id, as: entry.session, waitSeconds: 5, at: instance)
            seen = answer.summary
            if let booking = try? answer.expect(200, BookingDocument.self), !booking.isPending {
                return booking
            }
            try await Task.sleep(for: .milliseconds(50))
        } while ContinuousClock.now < deadline
        throw TestFailure("no outcome of \(id), which was accepted; last seen: \(seen)")
    }

    /// Sends a last booking down each line: when it has its outcome, all before it have theirs.
    private func passLines() async throws {
        let submitter = Submitter(
            client: system.client, waitSeconds: 10, patience: .seconds(30))
        for event in events {
            let items = [BookingDocument.Item(ticketTypeId: event.ticketTypes[0].id, quantity: 1)]
            let record = try await submitter.pursue(
                BookingRequest(
                    buyer: 1, session: crowd.buyers[0], event: event.id, key: "the last one",
                    items: items, instance: 0))
            try #require(["confirmed", "sold_out"].contains(record.outcome.word))
        }
    }

    private func check(_ event: EventDocument, told: [String: BookingDocument]) async throws {
        let line = try await system.client.line(of: event.id, organizer: crowd.organizer)
        let now = try await eventually("counters show all of the line", within: .seconds(5)) {
            let now = try await system.client.event(event.id)
            return RoundChecker.countersAgree(self.evidence(now, line: line, told: told)).holds
                ? now : nil
        }
        let evidence = self.evidence(now, line: line, told: told)
        for verdict in [
            RoundChecker.notOversold(evidence), RoundChecker.gapFree(evidence),
            RoundChecker.firstComeFirstServed(evidence), RoundChecker.answersAgree(evidence),
            RoundChecker.basketsWhole(evidence), RoundChecker.orderKept(evidence),
        ] {
            try #require(verdict.findings == [], "\(verdict.check.rawValue), event \(event.id)")
        }
        let gone = Set(now.ticketTypes.filter { $0.available == 0 }.map(\.id))
        for submission in evidence.submissions
        where submission.outcome == .refused(status: 409, slug: "sold-out") {
            let wanted = Set(submission.items.map(\.ticketTypeId))
            try #require(!wanted.isDisjoint(with: gone), "turned away, and nothing is sold out")
        }
        let listed = Dictionary(grouping: line, by: \.id).mapValues(\.count)
        for submission in evidence.submissions {
            for id in submission.ids { try #require(listed[id] == 1, "\(id) is listed once") }
        }
    }

    /// The evidence of one event: its entries, with the outcomes told later.
    private func evidence(
        _ event: EventDocument, line: [BookingDocument], told: [String: BookingDocument]
    ) -> RoundEvidence {
        let submissions = entries.filter { $0.event.id == event.id }.map { entry in
            let record = entry.record
            let booking = entry.acceptedID.flatMap { told[$0] }
            return SubmissionRecord(
                buyer: record.buyer, items: record.items, sentAt: record.sentAt,
                acceptedAt: record.acceptedAt, outcomeAt: record.outcomeAt,
                outcome: booking.map { .decided($0) } ?? record.outcome, ids: record.ids)
        }
        let stocks = event.ticketTypes.map {
            RoundEvidence.Stock(
                ticketTypeId: $0.id, capacity: $0.capacity, available: $0.available)
        }
        return RoundEvidence(stocks: stocks, submissions: submissions, line: line)
    }

    /// Stops the worker, in order, and finds every line empty.
    private func checkQueues() async throws {
        system.send(SIGTERM, to: .worker)
        try #require(try await system.waitForEnd(of: .worker, within: .seconds(30)) == .exited(0))
        for event in events {
            try #require(try await system.broker.purge("booking.event.\(event.id)") == 0)
        }
        try #require(try await system.broker.purge("booking.dead") == 0)
        try await system.start(.worker)
    }
}
