/// A count in the order it is shown: the most frequent first.
struct CountRow: Hashable, Sendable {
    let name: String
    let count: Int
    /// Of ``count``, those without a `Retry-After`; only refusals may lack one.
    var withoutRetryAfter: Int?
}

extension LoadReport {
    /// The settings in a line.
    var title: String {
        let pace =
            switch configuration.pace {
            case .closed: "\(configuration.users) users, closed loop"
            case .open(let rate):
                "\(rate.plain) requests a second over \(configuration.users) connections"
            }
        let events =
            configuration.events == 1
            ? "one event"
            : "\(configuration.events) events"
                + (configuration.zipf > 0 ? " (Zipf \(configuration.zipf.plain))" : "")
        let reads = configuration.reads > 0 ? ", reads \((configuration.reads * 100).plain) %" : ""
        return "\(pace), style \(configuration.style.rawValue), \(events)\(reads)"
    }

    var outcomeRows: [CountRow] {
        rows(
            outcomes.map { outcome, count in
                CountRow(
                    name: outcome.reason.map { "\(outcome.status) \($0)" } ?? outcome.status,
                    count: count)
            })
    }

    var refusalRows: [CountRow] {
        rows(
            refusals.map { refusal, count in
                CountRow(
                    name: "\(refusal.status) \(refusal.slug)", count: count.all,
                    withoutRetryAfter: count.withoutRetryAfter)
            })
    }

    var faultRows: [CountRow] {
        rows(faults.map { CountRow(name: $0.words, count: $1) })
    }

    /// What was accepted and lost, and what was never sent.
    var missingRows: [CountRow] {
        var rows = rows(losses.map { CountRow(name: "lost, \($0.rawValue)", count: $1) })
        if leftOut > 0 { rows.append(CountRow(name: "left out, never sent", count: leftOut)) }
        return rows
    }

    private func rows(_ rows: [CountRow]) -> [CountRow] {
        rows.sorted { ($1.count, $0.name) < ($0.count, $1.name) }
    }
}

extension Double {
    /// At most two digits after the point; none where they would be zero.
    var plain: String {
        let hundredths = Int((self * 100).rounded())
        if hundredths.isMultiple(of: 100) { return "\(hundredths / 100)" }
        if hundredths.isMultiple(of: 10) { return "\(hundredths / 100).\(hundredths / 10 % 10)" }
        return "\(hundredths / 100).\(hundredths / 10 % 10)\(hundredths % 10)"
    }
}
