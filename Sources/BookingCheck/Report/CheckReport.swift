/// What became of all rules.
package struct CheckReport: Codable, Hashable, Sendable {
    /// In one word.
    package enum Verdict: String, Codable, Sendable {
        /// Every rule holds.
        case clean
        /// Some rule does not.
        case violated
        /// Every rule holds, but the run did not see what it was made for.
        case void
    }

    /// How much the verdict rests on.
    package struct Counts: Codable, Hashable, Sendable {
        package let history: HistoryCounts
        package let requests: Int
        package let bookings: Int
        package let events: Int
        /// Entries of the events' logs.
        package let entries: Int
        /// Submissions without an answer of which it is known now whether they were taken.
        package let unknownsResolved: Int
    }

    package let verdict: Verdict
    package let rulings: [Ruling]
    package let counts: Counts
    /// What the run should have seen and did not, in words.
    package let missing: [String]

    init(rulings: [Ruling], counts: Counts, missing: [String]) {
        self.rulings = rulings
        self.counts = counts
        self.missing = missing
        verdict =
            !rulings.allSatisfy(\.holds) ? .violated : !missing.isEmpty ? .void : .clean
    }
}
