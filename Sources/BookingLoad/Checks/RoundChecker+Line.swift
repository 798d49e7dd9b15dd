/// What must hold of the line: the event's bookings in the order of their sequence.
extension RoundChecker {
    /// Whatever was accepted stands in the list exactly once, and nothing else does.
    static func listedOnce(_ evidence: RoundEvidence) -> Verdict {
        var rows: [String: Int] = [:]
        for booking in evidence.line { rows[booking.id, default: 0] += 1 }
        var findings: [Finding] = []
        var expected: Set<String> = []
        for submission in evidence.submissions {
            for id in submission.ids where expected.insert(id).inserted && rows[id] != 1 {
                findings.append(
                    Finding(
                        expected: "\(id) of buyer \(submission.buyer) listed once",
                        seen: "listed \(rows[id, default: 0]) times"))
            }
        }
        for (id, count) in rows.sorted(by: { $0.key < $1.key }) where !expected.contains(id) {
            findings.append(
                Finding(
                    expected: "only bookings a buyer was told of",
                    seen: "\(id) listed \(count) times"))
        }
        return Verdict(.listedOnce, compared: rows.count, findings: findings)
    }

    /// The list counts 1, 2, 3 … without a gap.
    static func gapFree(_ evidence: RoundEvidence) -> Verdict {
        var findings: [Finding] = []
        for (index, booking) in evidence.line.enumerated() where booking.sequence != index + 1 {
            let seen = booking.sequence.map(String.init) ?? "none"
            findings.append(
                Finding(expected: "sequence \(index + 1)", seen: "\(seen) of \(booking.id)"))
        }
        return Verdict(.gapFree, compared: evidence.line.count, findings: findings)
    }

    /// Whoever had an answer before another's request set out stands before it.
    static func orderKept(_ evidence: RoundEvidence) -> Verdict {
        var sequences: [String: Int] = [:]
        for booking in evidence.line { sequences[booking.id] = booking.sequence }
        let placed = evidence.submissions.compactMap { submission in
            submission.ids.first.flatMap { sequences[$0] }.map { (submission, $0) }
        }
        let bySending = placed.sorted { $0.0.sentAt < $1.0.sentAt }
        let byAnswer = placed.filter { $0.0.acceptedAt != nil }
            .sorted { ($0.0.acceptedAt ?? .zero) < ($1.0.acceptedAt ?? .zero) }
        var findings: [Finding] = []
        var pairs = 0
        var answered = 0
        var last: (buyer: Int, sequence: Int) = (0, 0)
        for (submission, sequence) in bySending {
            while answered < byAnswer.count,
                let acceptedAt = byAnswer[answered].0.acceptedAt, acceptedAt < submission.sentAt
            {
                if byAnswer[answered].1 > last.sequence {
                    last = (byAnswer[answered].0.buyer, byAnswer[answered].1)
                }
                answered += 1
            }
            pairs += answered
            if sequence <= last.sequence {
                findings.append(
                    Finding(
                        expected: "buyer \(submission.buyer), who sent after buyer \(last.buyer) "
                            + "had an answer, behind sequence \(last.sequence)",
                        seen: "sequence \(sequence)"))
            }
        }
        return Verdict(.orderKept, compared: pairs, findings: findings)
    }

    /// Going through the line with the capacities in hand gives every listed outcome again.
    ///
    /// So nobody was turned away while there was room, and nobody let in after the house was full.
    static func firstComeFirstServed(_ evidence: RoundEvidence) -> Verdict {
        var left = Dictionary(
            evidence.stocks.map { ($0.ticketTypeId, $0.capacity) },
            uniquingKeysWith: { first, _ in first })
        var findings: [Finding] = []
        var compared = 0
        for booking in evidence.line.sorted(by: { ($0.sequence ?? .max) < ($1.sequence ?? .max) })
        where ["confirmed", "sold_out"].contains(booking.outcome) {
            compared += 1
            let fits = booking.items.allSatisfy {
                left[$0.ticketTypeId, default: 0] >= $0.quantity
            }
            if fits != (booking.outcome == "confirmed") {
                let place = booking.sequence.map(String.init) ?? "none"
                findings.append(
                    Finding(
                        expected: "sequence \(place) \(fits ? "confirmed" : "sold_out"), "
                            + "with \(left.values.sorted()) left before it",
                        seen: booking.outcome))
            }
            if booking.outcome == "confirmed" {
                for item in booking.items { left[item.ticketTypeId, default: 0] -= item.quantity }
            }
        }
        return Verdict(.firstComeFirstServed, compared: compared, findings: findings)
    }
}
