/// Something that must hold after a round.
package enum Check: String, CaseIterable, Sendable {
    case notOversold = "not oversold"
    case notUndersold = "not undersold"
    case nothingLost = "nothing lost"
    case nothingElse = "nothing but confirmed and sold_out"
    case oneIDPerKey = "one id for each key"
    case listedOnce = "each booking listed exactly once"
    case gapFree = "sequence 1…n without a gap"
    case orderKept = "answered before sent, smaller sequence"
    case firstComeFirstServed = "first come, first served"
    case answersAgree = "answers agree with the list"
    case basketsWhole = "baskets all or nothing"
    case countersAgree = "counters equal rows"
    case otherBodyRefused = "another body under a key refused"
}

/// One thing that is wrong: what was expected, and what was seen instead.
package struct Finding: Hashable, Sendable, CustomStringConvertible {
    package let expected: String
    package let seen: String

    package init(expected: String, seen: String) {
        self.expected = expected
        self.seen = seen
    }

    package var description: String { "expected \(expected); seen \(seen)" }
}

/// What a check came to.
package struct Verdict: Sendable {
    package let check: Check
    /// How many things were compared; a check that compared nothing says nothing.
    package let compared: Int
    /// Empty when the check holds.
    package let findings: [Finding]

    package init(_ check: Check, compared: Int, findings: [Finding]) {
        self.check = check
        self.compared = compared
        self.findings = findings
    }

    package var holds: Bool { findings.isEmpty }
}
