import FaultPoints

/// A planted bug, and the run that must expose it.
struct Control: Sendable {
    let bug: PlantedBug
    /// What goes wrong in the run, beside the bug.
    let faults: [Fault]
    var workers = 2

    /// A bug for every promise.
    static let all = [
        Control(bug: .acknowledgeBeforeCommit, faults: [.killBeforeCommit, .killBeforeCommit]),
        Control(bug: .outcomeBeforeCommit, faults: [.killBeforeCommit, .killBeforeCommit]),
        Control(bug: .noFence, faults: [.doze]),
        Control(bug: .noDedupe, faults: [.duplicates]),
        Control(bug: .noVersionCheck, faults: [.outsideWriter]),
        Control(bug: .noMandatoryFlag, faults: [.queueDeleted]),
        Control(bug: .nackRequeue, faults: []),
        Control(bug: .twoConsumers, faults: []),
    ]

    private static let duration = Duration.seconds(5)
    private static let pause = Duration.milliseconds(1200)

    func order(seed: UInt64, rate: Int) -> RunOrder {
        RunOrder(
            name: "control_" + bug.rawValue.replacing("-", with: "_"),
            plan: FaultPlan(seed: seed, inOrder: faults, pause: Self.pause),
            duration: Self.duration, rate: rate, workers: workers, events: 8, buyers: 20,
            bugs: [bug], dropsConstraints: bug == .noVersionCheck, endsOnTime: false)
    }
}
