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
    var pause = Duration.milliseconds(1200)
    /// Whether holds lapse in the run, which makes it longer.
    var patience = AfterSale.Patience.brief

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
        Control(
            bug: .cancelCreditedTwice, faults: [], expected: [.countersAgree, .notOversold]),
        Control(bug: .expiryByOwnClock, faults: [], expected: [.holdsKept]),
        Control(
            bug: .lateConfirmationTaken, faults: [],
            expected: [.countersAgree, .replay, .notOversold],
            patience: .full),
        // So late that what was held before is due long before all that is held after.
        Control(
            bug: .holdSurvivesTakeover, faults: [.killBeforeCommit], expected: [.holdsKept],
            pause: .seconds(7), patience: .full),
        Control(bug: .twoConsumers, faults: [], expected: [.firstComeFirstServed, .epochs]),
    ]

    private static let workers = 2
    private static let duration = Duration.seconds(5)
    private static let expiryMax = Duration.seconds(5)
    /// Bugs that a constraint of the database would keep from doing harm.
    private static let dropsConstraints: Set<PlantedBug> = [
        .noVersionCheck, .cancelCreditedTwice, .lateConfirmationTaken,
    ]

    func order(seed: UInt64, rate: Int) -> RunOrder {
        RunOrder(
            name: "control_" + bug.rawValue.replacing("-", with: "_"),
            plan: FaultPlan(seed: seed, inOrder: faults, pause: pause),
            duration: Self.duration, rate: rate, workers: Self.workers, events: events, buyers: 20,
            bugs: [bug], dropsConstraints: Self.dropsConstraints.contains(bug),
            endsOnTime: false, patience: patience, expiryMax: Self.expiryMax)
    }
}
