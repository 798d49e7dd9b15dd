/// Something that must hold of every run, whatever happened in it.
package enum Rule: String, Codable, CaseIterable, Sendable {
    case nothingLost, nothingInvented, notOversold, gapFree, onceOnly, replay, rowsAgree
    case countersAgree, talliesAgree, notUndersold, holdsKept
    case firstComeFirstServed, oneOutcome, statusForward, epochs, drained, answersSensible

    /// What holds, in a few words.
    package var title: String {
        switch self {
        case .nothingLost: "nothing accepted is lost"
        case .nothingInvented: "nothing invented"
        case .notOversold: "within capacity at every sequence"
        case .gapFree: "log 1…n without a gap"
        case .onceOnly: "a command stands in the log once"
        case .replay: "replay gives every entry"
        case .rowsAgree: "rows equal log"
        case .countersAgree: "counters equal log"
        case .talliesAgree: "tallies equal log"
        case .notUndersold: "not undersold"
        case .holdsKept: "holds last their time, and no longer"
        case .firstComeFirstServed: "first come, first served"
        case .oneOutcome: "every answer is in the log"
        case .statusForward: "status never goes back"
        case .epochs: "no commit under a stale epoch"
        case .drained: "broker, metrics, API and tables agree"
        case .answersSensible: "every answer is sensible"
        }
    }
}
