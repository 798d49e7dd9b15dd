import TextTables

extension DrillReport {
    /// The report as it is printed: who got what, how long it took, and what was checked.
    package var text: String {
        var sections = [title + "\n"]
        if rounds.count == 1, let round = rounds.first, configuration.isCompetition {
            sections.append(lineText(of: round))
        }
        sections.append(outcomesText)
        if let retries = retriesText { sections.append(retries) }
        sections.append(latencyText)
        sections.append(checksText)
        sections.append(verdictLine)
        return sections.joined(separator: "\n")
    }

    private var title: String {
        let rounds = rounds.count == 1 ? "" : ", \(self.rounds.count) rounds"
        let instances =
            configuration.urls.count == 1 ? "" : ", \(configuration.urls.count) ingress instances"
        let what =
            switch configuration.mode {
            case .rush: "\(configuration.buyers) buyers for \(configuration.seats) seats"
            case .baskets(let second):
                "\(configuration.buyers) buyers for baskets of one each of "
                    + "\(configuration.seats) and \(second) seats"
            case .sameKey(let copies): "one Idempotency-Key \(copies) times at once"
            case .latency(let bookings): "\(bookings) bookings one after the other"
            }
        return "Drill: \(what)\(rounds)\(instances)"
    }

    /// The line of a round in its order; a run of equal endings is one row.
    private func lineText(of round: RoundReport) -> String {
        var senders: [String: SubmissionRecord] = [:]
        for submission in round.submissions {
            for id in submission.ids { senders[id] = submission }
        }
        var table = TextTable([.right, .left, .left, .right])
        table.add("place", "who", "got", "after")
        var rest = round.line[...]
        while let first = rest.first {
            let run = rest.prefix { $0.outcome == first.outcome }
            rest = rest.dropFirst(run.count)
            let isShort = run.count <= (first.outcome == "confirmed" ? 20 : 3)
            for booking in isShort ? run : run.prefix(1) {
                let sender = senders[booking.id]
                table.add(
                    booking.place, sender.map { "buyer \($0.buyer)" } ?? "nobody known",
                    booking.outcome, sender?.latency.milliseconds ?? "")
            }
            if !isShort, let next = run.dropFirst().first, let last = run.last {
                table.add(
                    "\(next.place)…\(last.place)", "\(run.count - 1) more", first.outcome, "")
            }
        }
        let unplaced = round.submissions.filter { $0.ids.isEmpty }
        let words = unplaced.reduce(into: [:]) { $0[$1.outcome.word, default: 0] += 1 }
        for (word, count) in words.sorted(by: { $0.key < $1.key }) {
            table.add("none", "\(count) buyers", "\(word), refused at the door", "")
        }
        return table.text
    }

    private var outcomesText: String {
        let expected = configuration.expectedTally ?? [:]
        let seen = rounds.reduce(into: [String: Int]()) { sum, round in
            sum.merge(round.tally, uniquingKeysWith: +)
        }
        var table = TextTable([.left, .right, .right])
        table.add("outcome", "seen", configuration.expectedTally == nil ? "" : "expected")
        let words = Set(seen.keys).union(expected.keys).sorted()
        for word in words {
            table.add(
                word, "\(seen[word, default: 0])",
                configuration.expectedTally == nil
                    ? "" : "\(expected[word, default: 0] * rounds.count)")
        }
        return table.text
    }

    /// What had to be sent again, if anything.
    private var retriesText: String? {
        let retries = rounds.flatMap(\.submissions).reduce(into: [String: Int]()) { sum, one in
            sum.merge(one.retries, uniquingKeysWith: +)
        }
        return retries.isEmpty ? nil : "  sent again after: \(retries.tallyText)\n"
    }

    private var latencyText: String {
        let latency = latency
        var table = TextTable([.left, .right, .right, .right, .right, .right])
        table.add("POST to outcome", "min", "median", "p95", "p99", "max")
        table.add(
            "\(latency.count) requests", latency.min.milliseconds, latency.median.milliseconds,
            latency.quantile(0.95).milliseconds, latency.quantile(0.99).milliseconds,
            latency.max.milliseconds)
        return table.text
    }

    private var checksText: String {
        var table = TextTable([.left, .left, .right])
        table.add("check", "", "compared")
        var details = ""
        let tallyFindings = rounds.compactMap { round in
            tallyFinding(of: round).map { (round, $0) }
        }
        if configuration.expectedTally != nil {
            table.add(
                "outcomes as expected", tallyFindings.isEmpty ? "ok" : "FAILED", "\(rounds.count)")
            details += findingsText("outcomes as expected", tallyFindings)
        }
        for check in Check.allCases {
            let verdicts = rounds.flatMap { round in
                round.verdicts.filter { $0.check == check }.map { (round, $0) }
            }
            guard !verdicts.isEmpty else { continue }
            let findings = verdicts.flatMap { round, verdict in
                verdict.findings.map { (round, $0) }
            }
            let compared = verdicts.map(\.1.compared).reduce(0, +)
            // A check that found nothing to compare has not passed.
            let result = !findings.isEmpty ? "FAILED" : compared > 0 ? "ok" : "–"
            table.add(check.rawValue, result, "\(compared)")
            details += findingsText(check.rawValue, findings)
        }
        return table.text + details
    }

    private func findingsText(_ check: String, _ findings: [(RoundReport, Finding)]) -> String {
        guard !findings.isEmpty else { return "" }
        var text = "\n  FAILED: \(check)\n"
        for (round, finding) in findings.prefix(DrillLimits.findingsShownMax) {
            text += "    round \(round.number), event \(round.event)\n"
            text += "      expected \(finding.expected)\n      seen     \(finding.seen)\n"
        }
        let hidden = findings.count - DrillLimits.findingsShownMax
        return hidden > 0 ? text + "    and \(hidden) more\n" : text
    }

    private var verdictLine: String {
        let deviating = rounds.count { !isClean($0) }
        return deviating == 0
            ? "All is well.\n" : "\(deviating) of \(rounds.count) rounds went wrong.\n"
    }
}

extension BookingDocument {
    fileprivate var place: String { sequence.map(String.init) ?? "?" }
}
