/// All that was seen when one key was used many times.
package struct SameKeyEvidence: Sendable {
    /// Requests with the same key and the same body, all at once.
    package var copies: [SubmissionRecord]
    /// What sending another body under that key came to, afterwards.
    package var otherBody: SubmissionRecord
    /// Requests with a second key, all at once, half with one body, half with another.
    package var rivals: [SubmissionRecord]
    /// The organizer's list after all that.
    package var line: [BookingDocument]

    package init(
        copies: [SubmissionRecord], otherBody: SubmissionRecord, rivals: [SubmissionRecord],
        line: [BookingDocument]
    ) {
        self.copies = copies
        self.otherBody = otherBody
        self.rivals = rivals
        self.line = line
    }
}

extension RoundChecker {
    /// All verdicts on the use of one key many times.
    package static func verdicts(on evidence: SameKeyEvidence) -> [Verdict] {
        [
            copiesShareID(evidence), copiesShareRow(evidence), copiesShareOutcome(evidence),
            otherBodyRefused(evidence),
        ]
    }

    private static func copiesShareID(_ evidence: SameKeyEvidence) -> Verdict {
        let ids = Set(evidence.copies.flatMap(\.ids))
        let findings =
            ids.count == 1
            ? []
            : [
                Finding(
                    expected: "one id in all answers", seen: ids.sorted().joined(separator: ", "))
            ]
        return Verdict(.oneIDPerKey, compared: evidence.copies.count, findings: findings)
    }

    /// One row for each key: the first key's with the first body, the second's with either body.
    private static func copiesShareRow(_ evidence: SameKeyEvidence) -> Verdict {
        let copies = Set(evidence.copies.flatMap(\.ids))
        let rivals = Set(evidence.rivals.flatMap(\.ids))
        let wanted = evidence.rivals.isEmpty ? 1 : 2
        var findings: [Finding] = []
        if evidence.line.count != wanted {
            findings.append(
                Finding(expected: "\(wanted) rows in the list", seen: "\(evidence.line.count)"))
        }
        let rows = evidence.line.filter { copies.contains($0.id) }
        if rows.map(\.items) != [evidence.copies.first?.items ?? []] {
            findings.append(
                Finding(expected: "one row with the first body", seen: "\(rows.map(\.items))"))
        }
        for row in evidence.line where !copies.contains(row.id) && !rivals.contains(row.id) {
            findings.append(Finding(expected: "no row nobody was told of", seen: row.id))
        }
        return Verdict(.listedOnce, compared: evidence.line.count, findings: findings)
    }

    /// Every copy was told the same outcome, and the list agrees.
    private static func copiesShareOutcome(_ evidence: SameKeyEvidence) -> Verdict {
        let told = Set(evidence.copies.map(\.outcome))
        let listed = evidence.line.first { row in
            evidence.copies.contains { $0.ids.contains(row.id) }
        }
        guard let listed, told.count == 1, case .decided(let booking)? = told.first,
            booking.status == "confirmed", booking.sequence == listed.sequence
        else {
            let words = told.map { "\($0)" }.sorted().joined(separator: " and ")
            return Verdict(
                .answersAgree, compared: evidence.copies.count,
                findings: [Finding(expected: "all copies told confirmed, as listed", seen: words)])
        }
        return Verdict(.answersAgree, compared: evidence.copies.count, findings: [])
    }

    /// The other body was answered 422 `idempotency-key-reused`, on submission or on the status
    /// resource; of two bodies racing for one key, exactly one was taken.
    private static func otherBodyRefused(_ evidence: SameKeyEvidence) -> Verdict {
        var findings: [Finding] = []
        if !evidence.otherBody.outcome.isKeyReused {
            findings.append(
                Finding(
                    expected: "422 idempotency-key-reused for another body",
                    seen: evidence.otherBody.outcome.detailedWord))
        }
        // For each body, whether its senders were refused: some, all or none.
        var fates: [[BookingDocument.Item]: Set<Bool>] = [:]
        for rival in evidence.rivals {
            fates[rival.items, default: []].insert(rival.outcome.isKeyReused)
            if !rival.outcome.isKeyReused, rival.outcome.word != "confirmed" {
                findings.append(
                    Finding(
                        expected: "confirmed, or 422 idempotency-key-reused",
                        seen: rival.outcome.detailedWord))
            }
        }
        // Of the body that is taken some senders may be refused all the same: an instance that has
        // passed on the other body cannot know yet which of the two came first.
        let takenBodies = fates.values.count { $0.contains(false) }
        if !evidence.rivals.isEmpty, takenBodies != 1 {
            findings.append(
                Finding(
                    expected: "one of \(fates.count) racing bodies taken",
                    seen: "\(takenBodies) taken"))
        }
        return Verdict(
            .otherBodyRefused, compared: 1 + evidence.rivals.count, findings: findings)
    }
}

extension SubmissionOutcome {
    static let keyReused = "422 idempotency-key-reused"

    /// Refused because its key had another body, at once or when its status was asked for.
    var isKeyReused: Bool {
        switch self {
        case .refused(let status, let slug): "\(status) \(slug)" == Self.keyReused
        case .lost(_, let seen): seen == Self.keyReused
        case .decided, .open, .unanswered: false
        }
    }

    var detailedWord: String {
        switch self {
        case .lost(_, let seen), .unanswered(let seen): "\(word): \(seen)"
        case .decided, .open, .refused: word
        }
    }
}
