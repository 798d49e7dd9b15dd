import BookingDomain
import BookingStore
import BookingTestSupport
import BookingWorkerTestSupport

@testable import BookingWorker

/// Commands by a seed, and a database that does with each attempt what such a database would.
struct PlannedWorkload {
    /// What the database does with a command.
    enum Nature: Hashable {
        case good
        /// It has its booking already.
        case repeated
        /// Its booking is refused, and its failure is not.
        case refused
        /// Its look-up never comes back.
        case slow
    }

    /// What is wrong with the driver that does what the planner says.
    enum Defect: Hashable, CaseIterable {
        case losesLast
        case neverRecalls
        case buriesNeighbour
        case turnsAround
        case blamesSlowDatabaseOnCommands
        case takesConflictsForCommits
        case writesTwice
    }

    let random: SeededGenerator
    let commands: [Command]
    private(set) var natures: [BookingKey: Nature] = [:]
    /// Whether no look-up comes back.
    let isSlow: Bool
    private(set) var stored: [BookingKey] = []
    private(set) var failed: [BookingKey] = []
    private(set) var buried: [BookingKey] = []
    private(set) var error: StoreError?
    private(set) var steps = 0
    private var conflictsLeft: Int

    /// Many steps for each command: halving down to it, and its trials.
    private static let stepsMax = 40

    init(seed: UInt64) throws {
        random = SeededGenerator(seed: seed)
        isSlow = random.chance(perMille: 30)
        conflictsLeft = random.number(in: 0...3)
        let event = EventID(
            shard: try ShardNumber(0).orThrow(), now: TestEvents.now, random: random.next())
        let basket = try TestEvents.basket([1: 1])
        var commands: [Command] = []
        for _ in 0..<random.number(in: 1...24) {
            let command = Command.book(
                basket, as: BookingKey(bits: random.bits()), of: event,
                by: UserID(now: TestEvents.now, random: random.bits()), at: TestEvents.now)
            commands.append(command)
            let draw = random.number(in: 0...99)
            natures[command.key] =
                draw < 70 ? .good : draw < 80 ? .repeated : draw < 90 ? .refused : .slow
        }
        self.commands = commands
    }

    /// Does what a planner says until all is settled; how long ago the shard was taken over is drawn.
    mutating func run(with defect: Defect? = nil) {
        let start = ContinuousClock.now
        var planner = BatchPlanner(at: start)
        let now = start + .milliseconds(random.number(in: 0...2000))
        var input = BatchPlanner.Input.settle(commands[...])
        while steps <= Self.stepsMax * (commands.count + 1) {
            steps += 1
            switch planner.step(input, at: now) {
            case .attempt(let attempt): input = perform(attempt, defect)
            case .lookUpNothing:
                guard !isSlow || defect == .blamesSlowDatabaseOnCommands else {
                    error = StoreError(.tooSlow, "the database is slow")
                    return
                }
                input = .lookedUpNothing
            case .bury(let command, _):
                let key =
                    defect == .buriesNeighbour
                    ? commands.first { $0.key != command.key }?.key : nil
                buried.append(key ?? command.key)
                input = .buried
            case .stop(let error):
                self.error = error
                return
            case .finish: return
            }
        }
    }

    private mutating func perform(
        _ attempt: BatchPlanner.Attempt, _ defect: Defect?
    ) -> BatchPlanner.Input {
        let isRecalling = attempt.isRecalling && defect != .neverRecalls
        var commands = Array(attempt.commands)
        let bookings = commands.filter { $0.kind == .book }
        if isSlow || bookings.contains(where: { natures[$0.key] == .slow }) {
            return .failed(StoreError(.tooSlow, "slow"))
        }
        if conflictsLeft > 0, random.chance(perMille: 300) {
            conflictsLeft -= 1
            return defect == .takesConflictsForCommits
                ? .committed : .failed(StoreError(.versionConflict, "conflict"))
        }
        if !isRecalling, bookings.contains(where: { natures[$0.key] == .repeated }) {
            return .failed(StoreError(.decidedBefore, "there already"))
        }
        if bookings.contains(where: { natures[$0.key] == .refused }) {
            return .failed(StoreError(.refused, "refused"))
        }
        if defect == .losesLast, commands.count > 1 { commands.removeLast() }
        if defect == .turnsAround { commands.reverse() }
        if defect == .writesTwice { commands += commands.prefix(1) }
        for command in commands {
            if command.kind == .book {
                stored.append(command.key)
            } else {
                failed.append(command.key)
            }
        }
        return .committed
    }

    /// What is not as it should be; nothing, as a rule.
    var violations: [String] {
        var found: [String] = []
        if steps > Self.stepsMax * (commands.count + 1) { found.append("it has no end") }
        if Set(stored + failed).count < stored.count + failed.count {
            found.append("a command has two outcomes")
        }
        let outcomes = Set(stored + failed)
        let order = commands.map(\.key)
        if order.filter(Set(stored).contains) != stored {
            found.append("commands were decided out of order")
        }
        for (key, nature) in natures {
            switch nature {
            case .good, .repeated:
                if buried.contains(key) || failed.contains(key) {
                    found.append("a good command failed")
                }
            case .refused, .slow:
                if stored.contains(key) { found.append("what was refused was booked") }
                if failed.contains(key), !buried.contains(key) {
                    found.append("a command failed without a letter")
                }
            }
            if error == nil, !outcomes.contains(key) { found.append("a command has no outcome") }
        }
        if let error {
            let isRight = isSlow && error.code == .tooSlow
            if !isRight { found.append("it stopped: \(error)") }
        }
        return found
    }
}
