import BookingHistory

/// What a buyer does with a booking once it was accepted: all of it follows from seed and number.
struct AfterSale: Sendable {
    /// How long it takes, which decides how long a run lasts.
    enum Patience: Sendable {
        /// Nothing is held and nothing is changed.
        case none
        /// All is confirmed or cancelled within a few seconds.
        case brief
        /// Holds lapse, too, and are confirmed late.
        case full
    }

    enum Act: Hashable, Sendable {
        case change(ChangeVerb)
        /// Asks where the booking stands.
        case look
    }

    struct Step: Sendable {
        let act: Act
        /// How long after the step before.
        let pause: Duration
        /// Whether it has an `Idempotency-Key`.
        let hasKey: Bool
        /// How long its sender waits for what it comes to, in the same request.
        let waitSeconds: Int
        /// When it is sent once more, at another ingress.
        let repeatedAfter: Duration?
    }

    let isHold: Bool
    let steps: [Step]

    static let none = AfterSale(isHold: false, steps: [])

    /// How long a hold lasts in a run, the shortest there is.
    static let holdSeconds = 30
    static let paymentGraceSeconds = 10

    private init(isHold: Bool, steps: [Step]) {
        self.isHold = isHold
        self.steps = steps
    }

    init(_ patience: Patience, _ random: inout SeededGenerator) {
        let isHold: Bool
        let acts: [(Act, milliseconds: ClosedRange<Int>)]
        let soon = 50...1500
        let lapsed = Self.holdSeconds * 1000 + 1500...Self.holdSeconds * 1000 + 3000
        let lastMoment = Self.holdSeconds * 1000 - 700...Self.holdSeconds * 1000 + 700
        switch (patience, Int.random(in: 0..<20, using: &random)) {
        case (.none, _), (_, 0...8): (isHold, acts) = (false, [])
        case (_, 9): (isHold, acts) = (false, [(.change(.cancel), soon)])
        case (_, 10...12): (isHold, acts) = (true, [(.change(.confirm), soon)])
        case (_, 13):
            (isHold, acts) = (true, [(.change(.pay), soon), (.change(.confirm), soon)])
        case (_, 14):
            (isHold, acts) = (true, [(.change(.extend), soon), (.change(.confirm), soon)])
        case (_, 15): (isHold, acts) = (true, [(.change(.cancel), soon)])
        case (_, 16):
            (isHold, acts) = (true, [(.change(.confirm), soon), (.change(.cancel), soon)])
        case (.full, 17): (isHold, acts) = (true, [(.look, lapsed)])
        case (.full, 18): (isHold, acts) = (true, [(.change(.confirm), lapsed)])
        case (.full, _): (isHold, acts) = (true, [(.change(.confirm), lastMoment)])
        case (.brief, _):
            (isHold, acts) = (true, [(.change(.extend), soon), (.change(.cancel), soon)])
        }
        self.isHold = isHold
        steps = acts.map { act, milliseconds in
            let fate = Int.random(in: 0..<10, using: &random)
            return Step(
                act: act,
                pause: .milliseconds(Int.random(in: milliseconds, using: &random)),
                hasKey: act == .change(.extend) || fate % 3 == 0,
                waitSeconds: fate < 4 ? 2 : 0,
                repeatedAfter: fate == 9
                    ? .milliseconds(Int.random(in: 100...3000, using: &random)) : nil)
        }
    }
}
