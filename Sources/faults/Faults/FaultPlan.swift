/// What will go wrong in a run, and in which order: all of it follows from the seed.
struct FaultPlan: Hashable, Sendable {
    struct Step: Hashable, Sendable {
        let fault: Fault
        /// How long the system is left alone before it.
        let pause: Duration
        /// Decides whatever the fault has to choose: which worker, which event.
        let pick: UInt64
    }

    let seed: UInt64
    let steps: [Step]

    /// The shortest time a step takes with its pause; so many steps fill any run.
    private static let stepMin = Duration.seconds(4)
    private static let pauseMilliseconds = 2000...5000

    init(seed: UInt64, steps: [Step]) {
        self.seed = seed
        self.steps = steps
    }

    /// Deals `faults` like cards, shuffled afresh each time all have been dealt, so that each comes
    /// as often as the others; at least as many as `duration` can take.
    init(seed: UInt64, faults: [Fault], filling duration: Duration) {
        var random = SeededGenerator(seed: seed)
        let count = max(faults.count, Int(duration / Self.stepMin))
        var steps: [Step] = []
        while !faults.isEmpty, steps.count < count {
            for fault in faults.shuffled(using: &random) {
                let pause = Int.random(in: Self.pauseMilliseconds, using: &random)
                steps.append(
                    Step(fault: fault, pause: .milliseconds(pause), pick: random.next()))
            }
        }
        self.init(seed: seed, steps: steps)
    }

    /// Every fault once, in this order, with the same short pause before each.
    init(seed: UInt64, inOrder faults: [Fault], pause: Duration) {
        var random = SeededGenerator(seed: seed)
        self.init(
            seed: seed,
            steps: faults.map { Step(fault: $0, pause: pause, pick: random.next()) })
    }
}
