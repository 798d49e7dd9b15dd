import ArgumentParser
import BookingCheck
import FaultPoints

/// The runs that a command line asks for, one after the other, and the verdict on all of them.
struct DrillSession: Sendable {
    let setup: DrillSetup
    let seed: UInt64
    private let command: FaultsCommand

    private static let shortFaults: [Fault] = [
        .killAfterCommit, .zombie, .brokerKill, .postgresKill, .duplicates, .poison,
    ]
    private static let shortRate = 100
    private static let usualRate = 300
    private static let usualMinutes = 1.0
    private static let usualWorkers = 3
    private static let void = ExitCode(3)

    init(setup: DrillSetup, command: FaultsCommand) {
        self.setup = setup
        self.command = command
        seed = command.seed ?? UInt64.random(in: 1...999_999)
    }

    func run() async throws {
        setup.console.say("seed \(seed)")
        var exits: [ExitCode] = []
        if command.controls.isEmpty || command.short {
            exits.append(try await runFaults(order))
        }
        let controls =
            command.short
            ? Control.all : command.controls.flatMap(FaultsCommand.controls(named:))
        if !controls.isEmpty { exits.append(try await runControls(controls)) }
        let worst = exits.contains(.failure) ? .failure : exits.first { $0 != .success }
        if let worst { throw worst }
    }

    private var order: RunOrder {
        if let before = command.before { return upgradeOrder(before) }
        return command.short ? shortOrder : usualOrder
    }

    /// All mixtures of the two versions: forward and back, ingresses first and workers first.
    static let upgradeSteps: [Fault] = [
        .upgradeIngresses, .upgradeWorkers, .rollBackIngresses, .rollBackWorkers,
        .upgradeWorkers, .upgradeIngresses, .rollBackWorkers, .rollBackIngresses,
    ]
    private static let upgradeMinutes = 4.0

    private func upgradeOrder(_ before: String) -> RunOrder {
        let duration = Duration.seconds((command.minutes ?? Self.upgradeMinutes) * 60)
        return RunOrder(
            name: "upgrade_\(seed)",
            plan: FaultPlan(
                seed: seed, inOrder: Self.upgradeSteps,
                pause: duration / (2 * Self.upgradeSteps.count)),
            duration: duration, rate: command.rate ?? Self.shortRate,
            workers: command.workers ?? Self.usualWorkers, events: 30, buyers: 100,
            endsOnTime: false, patience: .none, before: before)
    }

    private var usualOrder: RunOrder {
        let duration = Duration.seconds((command.minutes ?? Self.usualMinutes) * 60)
        let faults =
            command.faults.isEmpty
            ? Fault.allCases.filter {
                (!$0.needsCluster || command.brokers == 3) && !$0.needsAnotherVersion
            } : command.faults
        return RunOrder(
            name: "run_\(seed)",
            plan: FaultPlan(seed: seed, faults: faults, filling: duration), duration: duration,
            rate: command.rate ?? Self.usualRate,
            workers: command.workers ?? Self.usualWorkers, events: 50,
            buyers: 200, patience: .full)
    }

    private var shortOrder: RunOrder {
        RunOrder(
            name: "short_\(seed)",
            plan: FaultPlan(seed: seed, inOrder: Self.shortFaults, pause: .seconds(1)),
            duration: .seconds(8), rate: command.rate ?? Self.shortRate, workers: 2, events: 20,
            buyers: 40, endsOnTime: false)
    }

    private func runFaults(_ order: RunOrder) async throws -> ExitCode {
        let console = setup.console
        console.say("plan: \(order.plan.steps.map(\.fault.rawValue).joined(separator: ", "))")
        console.tell(
            "\(order.rate) bookings/s of \(order.events) events, \(order.workers) workers")
        let result = try await FaultRun(order: order, setup: setup).perform()
        console.say("\n\(result.summary)")
        for incident in result.incidents { console.say("incident: \(incident)") }
        console.say("to do the same again: \(again)")
        switch result.verdict {
        case .clean:
            console.say("verdict: clean; the run is in \(result.folder)")
            return result.isClean ? .success : .failure
        case .violated(let rules):
            console.say("verdict: VIOLATED: \(rules.map(\.title).joined(separator: "; "))")
            console.say("see \(result.folder)/check.log")
            return .failure
        case .void(let missing):
            console.say("verdict: VOID, the run did not see \(missing.joined(separator: ", "))")
            console.say("it is in \(result.folder)")
            return Self.void
        case .failed(let why):
            console.say("verdict: none, the checker failed: \(why)")
            return .failure
        }
    }

    private func runControls(_ controls: [Control]) async throws -> ExitCode {
        var outcomes: [ControlOutcome] = []
        for control in controls {
            let order = control.order(seed: seed, rate: command.rate ?? Self.shortRate)
            setup.console.tell("control \(control.bug.rawValue) …")
            let result = try await FaultRun(order: order, setup: setup).perform()
            let outcome = ControlOutcome(control: control, result: result)
            setup.console.tell("control \(control.bug.rawValue): \(outcome.line)")
            for incident in result.incidents { setup.console.say("incident: \(incident)") }
            outcomes.append(outcome)
        }
        setup.console.say("\n\(ControlOutcome.table(outcomes))\n")
        let caught = outcomes.filter(\.isCaught).count
        setup.console.say("\(caught) of \(outcomes.count) planted bugs caught")
        return caught == outcomes.count ? .success : .failure
    }

    /// The command that makes the same plan.
    private var again: String {
        var words = ["infra/faults", "--seed", "\(seed)"]
        if command.short { words.append("--short") }
        if let before = command.before { words += ["--before", before] }
        for fault in command.faults { words += ["--fault", fault.rawValue] }
        if let minutes = command.minutes { words += ["--minutes", "\(minutes)"] }
        if let rate = command.rate { words += ["--rate", "\(rate)"] }
        if let workers = command.workers { words += ["--workers", "\(workers)"] }
        if command.brokers != 1 { words += ["--brokers", "\(command.brokers)"] }
        return words.joined(separator: " ")
    }
}
