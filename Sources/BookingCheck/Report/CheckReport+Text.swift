import FoundationEssentials

extension CheckReport {
    /// How many violations of a rule are shown.
    private static let shownMax = 5

    /// The report for people.
    package var text: String {
        let history = counts.history
        var text = """
            Checked: \(history.posts) submissions (\(counts.requests) requests), \(history.gets) looks, \
            \(history.changes) changes, \(history.faults) faults; \(counts.bookings) bookings and \
            \(counts.entries) entries of \(counts.events) events.
            Unknown answers: \(history.unknowns), resolved: \(counts.unknownsResolved).


            """
        text += table
        for ruling in rulings where !ruling.holds {
            text += "\n  FAILED: \(ruling.rule.title)\n"
            for violation in ruling.examples.prefix(Self.shownMax) {
                text += "    \(violation.words)\n"
            }
            let hidden = ruling.violations - min(ruling.examples.count, Self.shownMax)
            if hidden > 0 { text += "    and \(hidden) more\n" }
        }
        if !missing.isEmpty {
            text += "\nThe run did not see: \(missing.joined(separator: ", ")).\n"
        }
        return text + "\n" + conclusion
    }

    /// The report for machines.
    package var json: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        }
    }

    private var table: String {
        let rows =
            [("check", "looked at", "violations")]
            + rulings.map { ($0.rule.title, "\($0.looked)", "\($0.violations)") }
        let titleWidth = rows.map(\.0.count).max() ?? 0
        return rows.map { title, looked, violations in
            "  " + title + String(repeating: " ", count: titleWidth - title.count)
                + looked.padded(to: 12) + violations.padded(to: 12) + "\n"
        }.joined()
    }

    private var conclusion: String {
        switch verdict {
        case .clean: "All is well."
        case .violated: "\(rulings.count { !$0.holds }) of \(rulings.count) checks failed."
        case .void: "Nothing is wrong, but the run is void."
        }
    }
}

extension Violation {
    fileprivate var words: String {
        let places = [
            event.map { "event \($0)" }, booking.map { "booking \($0)" },
            sequence.map { "sequence \($0)" }, time.map { "at \($0.seconds)" },
        ]
        let place = places.compactMap { $0 }.joined(separator: ", ")
        return place.isEmpty ? text : "\(place): \(text)"
    }
}

extension String {
    /// The text at the right end of `width` characters.
    fileprivate func padded(to width: Int) -> String {
        String(repeating: " ", count: max(0, width - count)) + self
    }
}
