import BookingCheck
import FaultPoints

/// A planted bug, and the run that must expose it.
struct Control: Sendable {
    let bug: PlantedBug
    /// What goes wrong in the run, beside the bug.
    let faults: [Fault]
    /// The rules of which one at least must catch it; any other would have caught it by chance.
    let expected: Set<Rule>
    /// How many events the load is spread over.
    var events = 8

    /// A bug for every promise.
    static let all = [
        Control(
            bug: .acknowledgeBeforeCommit, faults: [.killBeforeCommit, .killBeforeCommit],
            expected: [.nothingLost]),
        Control(
            bug: .outcomeBeforeCommit, faults: [.killBeforeCommit, .killBeforeCommit],
            expected: [.oneOutcome]),
        Control(bug: .noFence, faults: [.usurper, .usurper], expected: [.epochs]),
        Control(bug: .noDedupe, faults: [.duplicates], expected: [.drained]),
        Control(
            bug: .noVersionCheck, faults: [.outsideWriter],
            expected: [.gapFree, .countersAgree, .notOversold]),
        Control(bug: .noMandatoryFlag, faults: [.queueDeleted], expected: [.nothingLost]),
        // Only messages of one event that are taken together can change places.
        Control(
            bug: .nackRequeue, faults: [.overload, .overload], expected: [.firstComeFirstServed],
            events: 1),
        Control(bug: .twoConsumers, faults: [], expected: [.firstComeFirstServed, .epochs]),
    ]

    private static let workers = 2
    private static let duration = Duration.seconds(5)
    private static let pause = Duration.milliseconds(1200)

    func order(seed: UInt64, rate: Int) -> RunOrder {
        RunOrder(
            name: "control_" + bug.rawValue.replacing("-", with: "_"),
            plan: FaultPlan(seed: seed, inOrder: faults, pause: Self.pause),
            duration: Self.duration, rate: rate, workers: Self.workers, events: events, buyers: 20,
            bugs: [bug], dropsConstraints: bug == .noVersionCheck, endsOnTime: false)
    }
}
