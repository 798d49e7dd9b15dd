import BookingDomain

/// What became of one rule.
package struct Ruling: Codable, Hashable, Sendable {
    package let rule: Rule
    /// How many things were looked at; a rule for which there was nothing to look at says nothing.
    package private(set) var looked = 0
    package private(set) var violations = 0
    /// The first of the violations.
    package private(set) var examples: [Violation] = []

    /// The most examples kept of one rule.
    private static let examplesMax = 20

    init(_ rule: Rule) {
        self.rule = rule
    }

    package var holds: Bool { violations == 0 }

    mutating func look(at count: Int = 1) {
        looked += count
    }

    /// Counts a violation; it is only put in words while examples are wanted.
    mutating func report(_ violation: @autoclosure () -> Violation) {
        violations += 1
        if examples.count < Self.examplesMax { examples.append(violation()) }
    }
}

/// One thing that is wrong, and where to look for it.
package struct Violation: Codable, Hashable, Sendable {
    package let event: String?
    /// The booking's key.
    package let booking: String?
    package let sequence: Int64?
    /// Microseconds since the run began.
    package let time: Int64?
    package let text: String

    init(
        _ text: String, event: EventID? = nil, booking: BookingKey? = nil,
        sequence: Int64? = nil, time: Int64? = nil
    ) {
        self.text = text
        self.event = event?.description
        self.booking = booking?.description
        self.sequence = sequence
        self.time = time
    }

    /// A violation that has to do with a row.
    init(_ text: String, _ row: Booking, time: Int64? = nil) {
        self.init(
            text, event: row.event, booking: row.key, sequence: row.sequence, time: time)
    }
}
