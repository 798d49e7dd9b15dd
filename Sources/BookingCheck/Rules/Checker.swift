import BookingDomain
import BookingHistory

/// Judges a run by every rule.
///
/// Takes nothing on trust from the system that ran: it compares what clients saw with what stands in
/// the tables, and decides every command again.
package struct Checker: Sendable {
    let evidence: Evidence
    /// How much later than its time a hold may expire; `nil` for any time.
    let expiryMax: Duration?
    /// In the order of the events.
    let events: [EventEvidence]
    /// The row of each key; the first, should there be several.
    let rows: [BookingKey: Booking]
    /// The row of each change.
    let changes: [CommandID: Change]
    /// What became of each booking, by the logs.
    let courses: [BookingKey: Course]
    let attribution: Attribution

    /// Prepares the verdict on a run; with `expiryMax`, holds must expire within that after their time.
    package init(_ evidence: Evidence, expiryMax: Duration? = nil) {
        self.evidence = evidence
        self.expiryMax = expiryMax
        let rowsOf = Dictionary(grouping: evidence.tables.bookings, by: \.booking.event)
        let pagesOf = Dictionary(grouping: evidence.tables.pages, by: \.page.event)
        events = Set(rowsOf.keys).union(pagesOf.keys).union(evidence.plan.events.keys).sorted()
            .map {
                EventEvidence(
                    $0, evidence.plan, rows: rowsOf[$0] ?? [], pages: pagesOf[$0] ?? [])
            }
        rows = Dictionary(
            evidence.tables.bookings.lazy.map { ($0.booking.key, $0.booking) },
            uniquingKeysWith: { first, _ in first })
        changes = Dictionary(
            evidence.tables.changes.lazy.map { ($0.command, $0) },
            uniquingKeysWith: { first, _ in first })
        courses = events.reduce(into: [:]) { courses, event in
            courses.merge(event.projection.courses) { first, _ in first }
        }
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
        case .onceOnly: onceOnly()
        case .replay: replay()
        case .rowsAgree: rowsAgree()
        case .countersAgree: countersAgree()
        case .talliesAgree: talliesAgree()
        case .notUndersold: notUndersold()
        case .holdsKept: holdsKept()
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
        let bookings = evidence.history.requests.reduce(0) { sum, request in
            let isStored = request.id.map { rows[$0.key] != nil } ?? false
            return isStored || request.isAnswered ? sum + request.unknowns : sum
        }
        let asked = evidence.history.changes.requests.reduce(0) { sum, request in
            let isStored = request.command.map { changes[$0] != nil } ?? false
            return isStored || request.isAnswered ? sum + request.unknowns : sum
        }
        return bookings + asked + attribution.claimedUnknowns
    }

    private var counts: CheckReport.Counts {
        CheckReport.Counts(
            history: evidence.history.counts, requests: evidence.history.requests.count,
            bookings: evidence.tables.bookings.count, events: evidence.plan.events.count,
            entries: events.reduce(0) { $0 + $1.log.entries.count },
            unknownsResolved: unknownsResolved)
    }

    /// What the run should have seen and did not, in words.
    private func missing(_ rulings: [Ruling]) -> [String] {
        var missing: [String] = []
        if evidence.history.requestOfBooking.isEmpty {
            missing.append("an accepted booking")
        } else {
            missing += rulings.filter { $0.looked == 0 && !$0.rule.needsHolds }.map {
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
                case .expiry: (expiries, "a hold that lapsed")
                case .lateConfirmation: (lateConfirmations, "a late confirmation")
                }
            if count == 0 { missing.append(words) }
        }
        return missing
    }

    private var expiries: Int {
        courses.values.reduce(0) { $0 + $1.states.count { $0.status == .expired } }
    }

    private var lateConfirmations: Int {
        courses.values.reduce(0) { sum, course in
            sum
                + zip(course.states, course.states.dropFirst()).count {
                    $0.status == .expired && $1.status == .confirmed
                }
        }
    }
}

extension Rule {
    /// Whether it has nothing to look at in a run without holds.
    fileprivate var needsHolds: Bool { self == .holdsKept }
}
