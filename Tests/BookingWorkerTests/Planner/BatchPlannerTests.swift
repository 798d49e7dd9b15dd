import BookingDomain
import BookingStore
import BookingTestSupport
import Testing

@testable import BookingWorker

@Suite("Which batch is next")
struct BatchPlannerTests {
    private static let seeds: UInt64 = 3000

    private func entries(_ count: Int) throws -> [Command] {
        let event = try TestEvents.event().id
        return try (0..<count).map { _ in try TestEvents.book(event) }
    }

    /// The commands of an attempt by their places in `entries`, or `nil` when there is none.
    private func places(
        _ action: BatchPlanner.Action, in entries: [Command]
    ) -> [Int]? {
        guard case .attempt(let attempt) = action else { return nil }
        return attempt.commands.map { command in
            entries.firstIndex { $0.key == command.key } ?? -1
        }
    }

    @Test("Whatever the database does, each command has one outcome, in order; only bad ones fail")
    func settles() throws {
        for seed in 0..<Self.seeds {
            var workload = try PlannedWorkload(seed: seed)
            workload.run()
            #expect(workload.violations == [], "seed \(seed)")
        }
    }

    @Test(
        "Each of these drivers, with a bug in it, is caught",
        arguments: PlannedWorkload.Defect.allCases)
    func catches(_ defect: PlannedWorkload.Defect) throws {
        let isCaught = try (0..<Self.seeds).contains { seed in
            var workload = try PlannedWorkload(seed: seed)
            workload.run(with: defect)
            return !workload.violations.isEmpty
        }
        #expect(isCaught)
    }

    @Test("What is refused is halved, the first half first, down to the command at fault")
    func halves() throws {
        let (entries, now) = (try entries(4), ContinuousClock.now)
        var planner = BatchPlanner(at: now)
        let refused = BatchPlanner.Input.failed(StoreError(.refused, "no"))
        var action = planner.step(.settle(entries[...]), at: now)
        #expect(places(action, in: entries) == [0, 1, 2, 3])
        action = planner.step(refused, at: now)
        #expect(places(action, in: entries) == [0, 1])
        action = planner.step(.committed, at: now)
        #expect(places(action, in: entries) == [2, 3])
        action = planner.step(refused, at: now)
        #expect(places(action, in: entries) == [2])
        action = planner.step(refused, at: now)
        guard case .bury(let entry, let problem) = action else { throw BadTestData() }
        #expect(entry.key == entries[2].key)
        #expect(problem == "refused: no")
        action = planner.step(.buried, at: now)
        guard case .attempt(let attempt) = action else { throw BadTestData() }
        #expect(attempt.commands.map(\.key) == [entries[2].key])
        action = planner.step(.committed, at: now)
        #expect(places(action, in: entries) == [3])
        action = planner.step(.committed, at: now)
        guard case .finish = action else { throw BadTestData() }
    }

    @Test("Commands are recalled for a second after a takeover, and when one was decided before")
    func recalls() throws {
        let (entries, start) = (try entries(1), ContinuousClock.now)
        var planner = BatchPlanner(at: start)
        func isRecalling(_ action: BatchPlanner.Action) -> Bool? {
            if case .attempt(let attempt) = action { attempt.isRecalling } else { nil }
        }
        #expect(isRecalling(planner.step(.settle(entries[...]), at: start)) == true)
        let later = start + WorkerLimits.recallDuration
        #expect(isRecalling(planner.step(.settle(entries[...]), at: later)) == false)
        let known = StoreError(.decidedBefore, "there already")
        #expect(isRecalling(planner.step(.failed(known), at: later)) == true)
        let end = later + WorkerLimits.recallDuration
        #expect(isRecalling(planner.step(.settle(entries[...]), at: end)) == false)
        planner.cameAgain(at: end)
        #expect(isRecalling(planner.step(.settle(entries[...]), at: end)) == true)
    }

    @Test("The same is decided again after a conflict, and not for ever")
    func conflicts() throws {
        let (entries, now) = (try entries(2), ContinuousClock.now)
        var planner = BatchPlanner(at: now)
        var action = planner.step(.settle(entries[...]), at: now)
        let conflict = BatchPlanner.Input.failed(StoreError(.versionConflict, "changed"))
        for _ in 1..<WorkerLimits.conflictsMax {
            #expect(places(action, in: entries) == [0, 1])
            action = planner.step(conflict, at: now)
        }
        action = planner.step(conflict, at: now)
        guard case .stop(let error) = action else { throw BadTestData() }
        #expect(error.code == .versionConflict)
    }

    @Test("A tick is its event's last command in an attempt, and other events go on in it")
    func ticks() throws {
        let (one, other) = (try TestEvents.event().id, try TestEvents.event().id)
        let commands = [
            try TestEvents.book(one), .tick(one, at: TestEvents.now), try TestEvents.book(other),
            .tick(other, at: TestEvents.now), try TestEvents.book(one),
            .tick(one, at: TestEvents.now), .tick(one, at: TestEvents.now),
            try TestEvents.book(other),
        ]
        #expect(try attempts(of: commands) == [4, 2, 2])
    }

    @Test("No attempt has more ticks than one transaction can take")
    func ticksMax() throws {
        let max = WorkerLimits.ticksPerBatchMax
        let commands = try (0...2 * max).flatMap { _ in
            let event = try TestEvents.event().id
            return [try TestEvents.book(event), .tick(event, at: TestEvents.now)]
        }
        #expect(try attempts(of: commands) == [2 * max + 1, 2 * max, 1])
    }

    /// How many commands each attempt has when all are committed; their order is that of `commands`.
    private func attempts(of commands: [Command]) throws -> [Int] {
        let now = ContinuousClock.now
        var planner = BatchPlanner(at: now)
        var (attempts, attempted) = ([Int](), [Command]())
        var action = planner.step(.settle(commands[...]), at: now)
        while case .attempt(let attempt) = action {
            attempts.append(attempt.commands.count)
            attempted += attempt.commands
            action = planner.step(.committed, at: now)
        }
        guard case .finish = action, attempted == commands else { throw BadTestData() }
        return attempts
    }

    @Test("What the database's clock does not hold for due is tried again, and buried by nobody")
    func notDue() throws {
        let tick = Command.tick(try TestEvents.event().id, at: TestEvents.now)
        let now = ContinuousClock.now
        var planner = BatchPlanner(at: now)
        var action = planner.step(.settle([tick]), at: now)
        for _ in 1..<WorkerLimits.conflictsMax {
            guard case .attempt = action else { throw BadTestData() }
            action = planner.step(.failed(StoreError(.notDue, "not yet")), at: now)
        }
        guard case .attempt = action else { throw BadTestData() }
        action = planner.step(.failed(StoreError(.notDue, "not yet")), at: now)
        guard case .stop(let error) = action else { throw BadTestData() }
        #expect(error.code == .notDue)
    }

    @Test(
        "What says nothing of the data stops everything",
        arguments: [
            StoreError.Code.unavailable, .unknownOutcome, .fenced, .mismatch, .corrupt, .newer,
        ])
    func stops(_ code: StoreError.Code) throws {
        let (entries, now) = (try entries(2), ContinuousClock.now)
        var planner = BatchPlanner(at: now)
        _ = planner.step(.settle(entries[...]), at: now)
        let action = planner.step(.failed(StoreError(code, "")), at: now)
        guard case .stop(let error) = action else { throw BadTestData() }
        #expect(error.code == code)
    }

    @Test("A message is tried whole, then one by one, then without its killer, then not at all")
    func suspects() {
        let treatments = (1...6).map { SuspectTreatment(trial: $0) }
        #expect(
            treatments == [.whole, .whole, .oneByOne, .oneByOneButTheKiller, .unread, .unread])
    }
}
