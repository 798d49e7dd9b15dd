import Testing

@testable import faults

@Suite("The plan of a fault drill")
struct FaultPlanTests {
    private let faults: [Fault] = [.zombie, .brokerKill, .duplicates, .poison, .overload]

    @Test("A seed brings the same plan back")
    func reproducible() {
        let first = FaultPlan(seed: 7, faults: faults, filling: .seconds(600))
        let again = FaultPlan(seed: 7, faults: faults, filling: .seconds(600))
        #expect(first == again)
    }

    @Test("Another seed makes another plan")
    func different() {
        let first = FaultPlan(seed: 7, faults: faults, filling: .seconds(600))
        let other = FaultPlan(seed: 8, faults: faults, filling: .seconds(600))
        #expect(first.steps != other.steps)
    }

    @Test("A longer run begins as the shorter one")
    func prefix() {
        let short = FaultPlan(seed: 7, faults: faults, filling: .seconds(60))
        let long = FaultPlan(seed: 7, faults: faults, filling: .seconds(600))
        #expect(short.steps.elementsEqual(long.steps.prefix(short.steps.count)))
    }

    @Test("Every fault comes once before any comes again")
    func dealt() {
        let steps = FaultPlan(seed: 42, faults: faults, filling: .seconds(300)).steps
        #expect(steps.count.isMultiple(of: faults.count))
        for begin in stride(from: 0, to: steps.count, by: faults.count) {
            #expect(Set(steps[begin..<(begin + faults.count)].map(\.fault)) == Set(faults))
        }
    }

    @Test("A run has steps enough even if each takes no time but its pause")
    func full() {
        for seed in UInt64(1)...20 {
            let plan = FaultPlan(seed: seed, faults: [.zombie], filling: .seconds(1800))
            #expect(plan.steps.count >= 450)
        }
    }

    @Test("A plan in order keeps the order")
    func inOrder() {
        let plan = FaultPlan(seed: 1, inOrder: faults, pause: .seconds(1))
        #expect(plan.steps.map(\.fault) == faults)
        #expect(Set(plan.steps.map(\.pick)).count == faults.count)
    }
}
