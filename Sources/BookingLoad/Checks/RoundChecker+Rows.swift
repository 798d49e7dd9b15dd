/// What must hold between answers, rows and counters.
extension RoundChecker {
    /// Each buyer was told what the organizer's list says.
    static func answersAgree(_ evidence: RoundEvidence) -> Verdict {
        let rows = Dictionary(
            evidence.line.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        var findings: [Finding] = []
        var compared = 0
        for (submission, told) in evidence.decided {
            guard let row = rows[told.id] else { continue }
            compared += 1
            guard told.outcome != row.outcome || told.sequence != row.sequence else { continue }
            func text(_ booking: BookingDocument) -> String {
                "\(booking.outcome) at \(booking.sequence.map(String.init) ?? "no sequence")"
            }
            findings.append(
                Finding(
                    expected: "buyer \(submission.buyer) told \(text(row)), as listed",
                    seen: text(told)))
        }
        return Verdict(.answersAgree, compared: compared, findings: findings)
    }

    /// Each row and each answer hold the whole basket that was asked for.
    static func basketsWhole(_ evidence: RoundEvidence) -> Verdict {
        func basket(_ items: [BookingDocument.Item]) -> [String] {
            items.map { "\($0.quantity) × \($0.ticketTypeId)" }.sorted()
        }
        var asked: [String: SubmissionRecord] = [:]
        for submission in evidence.submissions {
            for id in submission.ids { asked[id] = submission }
        }
        var findings: [Finding] = []
        var compared = 0
        for booking in evidence.line + evidence.decided.map(\.booking) {
            guard let submission = asked[booking.id] else { continue }
            compared += 1
            guard basket(booking.items) != basket(submission.items) else { continue }
            findings.append(
                Finding(
                    expected: "buyer \(submission.buyer)'s whole basket "
                        + basket(submission.items).joined(separator: " + "),
                    seen: basket(booking.items).joined(separator: " + ")))
        }
        return Verdict(.basketsWhole, compared: compared, findings: findings)
    }

    /// What the event shows as available and what the rows confirm make up the capacity.
    static func countersAgree(_ evidence: RoundEvidence) -> Verdict {
        let findings: [Finding] = evidence.stocks.compactMap { stock in
            let confirmed = RoundEvidence.confirmed(stock.ticketTypeId, in: evidence.line)
            guard stock.available + confirmed != stock.capacity else { return nil }
            return Finding(
                expected: "available + confirmed = \(stock.capacity)",
                seen: "\(stock.available) + \(confirmed) for \(stock.ticketTypeId)")
        }
        return Verdict(.countersAgree, compared: evidence.stocks.count, findings: findings)
    }
}
