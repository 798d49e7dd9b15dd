import BookingDomain
import Testing

/// The domain and a simple model of its rules are asked the same by many seeded sales.
@Suite("Sales by seeds") struct SaleModelTests {
    private static let strands: UInt64 = 2

    @Test("The domain says what the model says, to every command of every sale")
    func sales() async {
        let seeds = ModelSeeds.all
        let commands = await withTaskGroup(of: Int.self) { group in
            for strand in 0..<Self.strands {
                group.addTask { await Self.run(seeds.filter { $0 % Self.strands == strand }) }
            }
            return await group.reduce(0, +)
        }
        #expect(commands >= 10 * seeds.count)
    }

    /// Runs the sales of some seeds; how many commands were compared.
    @concurrent private static func run(_ seeds: [UInt64]) async -> Int {
        var commands = 0
        for seed in seeds {
            var trial = SaleTrial(seed: seed)
            do throws(SaleTrial.Difference) { try trial.run() } catch {
                Issue.record("BOXOFFICE_TEST_SEED=\(seed): \(error)")
            }
            commands += trial.commands
        }
        return commands
    }

    @Test(
        "A model with a broken rule is told from the domain", arguments: SaleModel.Defect.allCases)
    func caught(defect: SaleModel.Defect) {
        let seed = ModelSeeds.untilCaught.first { seed in
            var trial = SaleTrial(seed: seed, defect: defect)
            do throws(SaleTrial.Difference) { try trial.run() } catch { return true }
            return false
        }
        #expect(seed != nil)
    }

    @Test("A few hundred sales have every answer there is, and ticks that take several entries")
    func everything() throws {
        var answers: Set<String> = []
        var longest = 0
        for seed in ModelSeeds.untilCaught {
            var trial = SaleTrial(seed: seed)
            try trial.run()
            answers.formUnion(trial.answers)
            longest = max(longest, trial.longestExpiry)
        }
        let refusals = Set(Change.Refusal.allCases.map(\.rawValue))
        let reasons = Set(Reason.allCases.map(\.rawValue)).subtracting(["deadline_passed"])
        let others: Set = [
            "confirmed", "late", "held", "failed", "cancelled", "expired", "again", "nothing",
        ]
        #expect(answers == refusals.union(reasons).union(others))
        #expect(longest > 2)
    }

    @Test("A seed makes up the same sale every time")
    func repeats() throws {
        var (first, second) = (SaleTrial(seed: 11), SaleTrial(seed: 11))
        try first.run()
        try second.run()
        #expect(first.commands == second.commands)
        #expect(first.log == second.log)
        var other = SaleTrial(seed: 12)
        try other.run()
        #expect(other.log != first.log)
    }
}
