import FaultPoints

/// What became of a control: it has passed when the checker caught the bug.
struct ControlOutcome: Sendable {
    let control: Control
    let result: RunResult

    /// The checks that caught it; empty when none did.
    var caughtBy: [String] {
        guard case .violated(let checks) = result.verdict else { return [] }
        return checks
    }

    var isCaught: Bool {
        guard case .violated = result.verdict else { return false }
        return true
    }

    /// In a line, for people.
    var line: String {
        isCaught
            ? "caught in \(seconds) s by: \(caughtBy.joined(separator: "; "))"
            : "NOT caught: \(result.verdict)"
    }

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
                    + "| \(outcome.isCaught ? outcome.caughtBy.joined(separator: "; ") : "**nothing**") "
                    + "| \(outcome.seconds) s |")
        }
        return lines.joined(separator: "\n")
    }
}
