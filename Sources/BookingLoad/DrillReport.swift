/// What a drill came to.
package struct DrillReport: Sendable {
    package let configuration: DrillConfiguration
    package internal(set) var rounds: [RoundReport]

    /// Whether every round was as it must be.
    package var isClean: Bool { rounds.allSatisfy { isClean($0) } }

    /// The first byte of each request to its outcome, over all rounds.
    package var latency: LatencySummary {
        LatencySummary(rounds.flatMap { $0.submissions.map(\.latency) })
    }

    /// Whether `round` was as it must be, in its outcomes and in all that was checked.
    func isClean(_ round: RoundReport) -> Bool {
        tallyFinding(of: round) == nil && round.verdicts.allSatisfy(\.holds)
    }

    /// What is wrong with the count of a round's outcomes, if anything.
    func tallyFinding(of round: RoundReport) -> Finding? {
        guard let expected = configuration.expectedTally else { return nil }
        let wanted = expected.filter { $0.value > 0 }
        guard round.tally != wanted else { return nil }
        return Finding(expected: wanted.tallyText, seen: round.tally.tallyText)
    }

    /// What to tell after `round`: all of it if it deviates, else now and then that all is well.
    func progressLine(after round: RoundReport) -> String? {
        let every = max(configuration.rounds / 20, 1)
        if !isClean(round) {
            return "round \(round.number): DEVIATES: \(round.tally.tallyText)"
        }
        guard round.number.isMultiple(of: every) || round.number == configuration.rounds else {
            return nil
        }
        let median = LatencySummary(round.submissions.map(\.latency)).median
        return "round \(round.number) of \(configuration.rounds): \(round.tally.tallyText), "
            + "median \(median.milliseconds)"
    }
}

/// What one round came to.
package struct RoundReport: Sendable {
    package let number: Int
    package let event: String
    package let submissions: [SubmissionRecord]
    /// The organizer's list afterwards.
    package let line: [BookingDocument]
    package let verdicts: [Verdict]

    /// How many requests came to what.
    package var tally: [String: Int] {
        submissions.reduce(into: [:]) { $0[$1.outcome.word, default: 0] += 1 }
    }
}

extension [String: Int] {
    /// Like "10 confirmed, 40 sold_out".
    var tallyText: String {
        sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
    }
}
