/// Judges a round: evidence in, verdicts out, nothing else.
package enum RoundChecker {
    /// All verdicts on `evidence`, in the order they are best read.
    package static func verdicts(on evidence: RoundEvidence) -> [Verdict] {
        [
            notOversold(evidence),
            notUndersold(evidence),
            nothingLost(evidence),
            nothingElse(evidence),
            oneIDPerKey(evidence),
            listedOnce(evidence),
            gapFree(evidence),
            orderKept(evidence),
            firstComeFirstServed(evidence),
            answersAgree(evidence),
            basketsWhole(evidence),
            countersAgree(evidence),
        ]
    }

    /// Neither the list nor the answers confirm more places than there are.
    static func notOversold(_ evidence: RoundEvidence) -> Verdict {
        var findings: [Finding] = []
        for stock in evidence.stocks {
            let told = RoundEvidence.confirmed(
                stock.ticketTypeId, in: evidence.decided.map(\.booking))
            let listed = RoundEvidence.confirmed(stock.ticketTypeId, in: evidence.line)
            for (count, where_) in [(told, "answers"), (listed, "list")]
            where count > stock.capacity {
                findings.append(
                    Finding(
                        expected: "at most \(stock.capacity) places confirmed",
                        seen: "\(count) by the \(where_)"))
            }
            if stock.available < 0 {
                findings.append(
                    Finding(expected: "available ≥ 0", seen: "available \(stock.available)"))
            }
        }
        return Verdict(.notOversold, compared: evidence.stocks.count, findings: findings)
    }

    /// Nobody was told "sold out" who would still fit into what is left.
    static func notUndersold(_ evidence: RoundEvidence) -> Verdict {
        let left = Dictionary(
            evidence.stocks.map {
                (
                    $0.ticketTypeId,
                    $0.capacity - RoundEvidence.confirmed($0.ticketTypeId, in: evidence.line)
                )
            }, uniquingKeysWith: { first, _ in first })
        let turnedAway = evidence.submissions.filter { $0.outcome.word == "sold_out" }
        let wronged = turnedAway.filter { submission in
            submission.items.allSatisfy { left[$0.ticketTypeId, default: 0] >= $0.quantity }
        }
        let findings = wronged.map {
            Finding(
                expected: "nobody told sold_out whose tickets are still there",
                seen: "buyer \($0.buyer) told sold_out, still left \(left.values.sorted())")
        }
        return Verdict(.notUndersold, compared: turnedAway.count, findings: findings)
    }

    /// Every accepted request has its outcome.
    static func nothingLost(_ evidence: RoundEvidence) -> Verdict {
        let findings: [Finding] = evidence.submissions.compactMap { submission in
            guard case .lost(let id, let seen) = submission.outcome else { return nil }
            return Finding(
                expected: "an outcome of \(id), which was accepted from buyer \(submission.buyer)",
                seen: seen)
        }
        let accepted = evidence.submissions.count { $0.acceptedAt != nil }
        return Verdict(.nothingLost, compared: accepted, findings: findings)
    }

    /// Every request ended in a way this sale allows; what is lost has a check of its own.
    static func nothingElse(_ evidence: RoundEvidence) -> Verdict {
        let findings: [Finding] = evidence.submissions.compactMap { submission in
            if case .lost = submission.outcome { return nil }
            let word = submission.outcome.word
            guard word != "confirmed", word != "sold_out" else { return nil }
            var seen = "\(word) for buyer \(submission.buyer)"
            if case .unanswered(let detail) = submission.outcome { seen += " (\(detail))" }
            return Finding(expected: "confirmed or sold_out", seen: seen)
        }
        return Verdict(
            .nothingElse, compared: evidence.submissions.count, findings: findings)
    }

    /// All answers to one key name one id, and no two keys share one.
    static func oneIDPerKey(_ evidence: RoundEvidence) -> Verdict {
        var findings: [Finding] = []
        var owners: [String: Int] = [:]
        for submission in evidence.submissions {
            if submission.ids.count > 1 {
                findings.append(
                    Finding(
                        expected: "one id for the key of buyer \(submission.buyer)",
                        seen: submission.ids.joined(separator: ", ")))
            }
            for id in submission.ids {
                owners[id, default: 0] += 1
                if owners[id] == 2 {
                    findings.append(
                        Finding(expected: "an id for each key", seen: "\(id) for two keys"))
                }
            }
        }
        return Verdict(.oneIDPerKey, compared: owners.count, findings: findings)
    }
}
