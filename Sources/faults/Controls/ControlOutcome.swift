import BookingCheck
import FaultPoints

/// What became of a control: it has passed when a rule that was expected to caught the bug.
struct ControlOutcome: Sendable {
    let control: Control
    let result: RunResult

    /// The rules that caught it; empty when none did.
    var caughtBy: [Rule] {
        guard case .violated(let rules) = result.verdict else { return [] }
        return rules
    }

    var isCaught: Bool { !control.expected.isDisjoint(with: caughtBy) }

    /// In a line, for people.
    var line: String {
        if isCaught { return "caught in \(seconds) s by: \(words)" }
        return caughtBy.isEmpty
            ? "NOT caught: \(result.verdict)" : "NOT caught, except by something else: \(words)"
    }

    private var words: String { caughtBy.map(\.title).joined(separator: "; ") }
    private var seconds: Int { Int((result.took / .seconds(1)).rounded(.up)) }

    /// All outcomes as a Markdown table.
    static func table(_ outcomes: [ControlOutcome]) -> String {
        var lines = [
            "| planted bug | what is done to it | caught by | after |", "|---|---|---|---|",
        ]
        for outcome in outcomes {
            let faults = outcome.control.faults.map(\.rawValue)
            let distinct = faults.indices.filter { faults.firstIndex(of: faults[$0]) == $0 }
            lines.append(
                "| \(outcome.control.bug.rawValue) "
                    + "| \(distinct.isEmpty ? "load alone" : distinct.map { faults[$0] }.joined(separator: ", ")) "
                    + "| \(outcome.isCaught ? outcome.words : "**nothing expected**") "
                    + "| \(outcome.seconds) s |")
        }
        return lines.joined(separator: "\n")
    }
}
