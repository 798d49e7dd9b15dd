import BookingDomain
import BookingHistory

/// Judges a run by every rule.
///
/// Takes nothing on trust from the system that ran: it compares what clients saw with what stands in
/// the tables, and decides every command again.
package struct Checker: Sendable {
    let evidence: Evidence
    /// The rows of each event in the order of their sequences.
    let lines: [EventID: [StoredBooking]]
    /// The row of each key; the first, should there be several.
    let rows: [BookingKey: Booking]
    let attribution: Attribution

    package init(_ evidence: Evidence) {
        self.evidence = evidence
        lines = Dictionary(grouping: evidence.tables.bookings, by: \.booking.event).mapValues {
            $0.sorted { $0.booking.sequence < $1.booking.sequence }
        }
        rows = Dictionary(
            evidence.tables.bookings.lazy.map { ($0.booking.key, $0.booking) },
            uniquingKeysWith: { first, _ in first })
        attribution = Attribution(evidence)
    }

    /// Checks everything.
    package func check() -> CheckReport {
        let rulings = Rule.allCases.map(ruling)
        return CheckReport(rulings: rulings, counts: counts, missing: missing(rulings))
    }

    /// What became of `rule`.
    package func ruling(on rule: Rule) -> Ruling {
        switch rule {
        case .nothingLost: nothingLost()
        case .nothingInvented: nothingInvented()
        case .notOversold: notOversold()
        case .gapFree: gapFree()
        case .replay: replay()
        case .countersAgree: countersAgree()
        case .talliesAgree: talliesAgree()
        case .notUndersold: notUndersold()
        case .firstComeFirstServed: firstComeFirstServed()
        case .oneOutcome: oneOutcome()
        case .statusForward: statusForward()
        case .epochs: epochs()
        case .drained: drained()
        case .answersSensible: evidence.history.answersSensible
        }
    }

    /// The requests that were taken though at some time nobody said so, or were answered in the end.
    private var unknownsResolved: Int {
        evidence.history.requests.indices.reduce(0) { sum, index in
            let request = evidence.history.requests[index]
            let isStored = request.id.map { rows[$0.key] != nil } ?? false
            return isStored || request.isAnswered ? sum + request.unknowns : sum
        } + attribution.claimedUnknowns
    }

    private var counts: CheckReport.Counts {
        CheckReport.Counts(
            history: evidence.history.counts, requests: evidence.history.requests.count,
            bookings: evidence.tables.bookings.count, events: evidence.plan.events.count,
            unknownsResolved: unknownsResolved)
    }

    /// What the run should have seen and did not, in words.
    private func missing(_ rulings: [Ruling]) -> [String] {
        var missing: [String] = []
        if evidence.history.requestOfBooking.isEmpty {
            missing.append("an accepted booking")
        } else {
            missing += rulings.filter { $0.looked == 0 }.map {
                "anything to judge by \"\($0.rule.title)\""
            }
        }
        let observed = evidence.plan.observed
        for event in evidence.plan.required {
            let (count, words) =
                switch event {
                case .redelivery: (observed.redeliveries, "a redelivery")
                case .duplicate: (observed.duplicates, "a dropped duplicate")
                case .fenced: (observed.fenced, "a stale epoch refused")
                case .takeover: (observed.takeovers, "a takeover")
                case .unknown: (unknownsResolved, "an unknown answer resolved")
                }
            if count == 0 { missing.append(words) }
        }
        return missing
    }
}
