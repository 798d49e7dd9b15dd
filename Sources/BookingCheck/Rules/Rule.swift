/// Something that must hold of every run, whatever happened in it.
package enum Rule: String, Codable, CaseIterable, Sendable {
    case nothingLost, nothingInvented, notOversold, gapFree, replay, countersAgree, talliesAgree,
        notUndersold
    case firstComeFirstServed, oneOutcome, statusForward, epochs, drained, answersSensible

    /// What holds, in a few words.
    package var title: String {
        switch self {
        case .nothingLost: "no accepted booking lost"
        case .nothingInvented: "no booking invented"
        case .notOversold: "within capacity at every sequence"
        case .gapFree: "sequence 1…n without a gap"
        case .replay: "replay gives every outcome"
        case .countersAgree: "counters equal rows"
        case .talliesAgree: "tallies equal rows"
        case .notUndersold: "not undersold"
        case .firstComeFirstServed: "first come, first served"
        case .oneOutcome: "one key, one outcome"
        case .statusForward: "status never goes back"
        case .epochs: "no commit under a stale epoch"
        case .drained: "broker, metrics, API and tables agree"
        case .answersSensible: "every answer is sensible"
        }
    }
}
