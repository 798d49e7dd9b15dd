import BookingDomain
import BookingHistory
import FaultPoints
import Testing

@testable import faults

@Suite("What a run must have seen")
struct RequirementTests {
    private func order(bugs: [PlantedBug] = []) -> RunOrder {
        RunOrder(
            name: "test", plan: FaultPlan(seed: 1, steps: []), duration: .seconds(1), rate: 1,
            workers: 1, events: 3, buyers: 1, bugs: bugs)
    }

    @Test("It follows from the faults that were done, each rare event once")
    func union() {
        let required = order().required(for: [.killAfterCommit, .zombie, .duplicates])
        #expect(Set(required) == [.redelivery, .duplicate, .fenced, .takeover])
        #expect(required.count == 4)
        #expect(order().required(for: [.overload]) == [])
    }

    @Test("A run with a planted bug is never void")
    func bugs() {
        #expect(order(bugs: [.noFence]).required(for: [.zombie]) == [])
    }

    @Test("Every fault that kills at a point names it as the programs do")
    func points() {
        for fault in Fault.allCases where fault.killingPoint != nil {
            #expect(fault.rawValue == "kill-\(fault.killingPoint?.rawValue ?? "")")
        }
        let points = Fault.allCases.compactMap(\.killingPoint)
        #expect(Set(points) == Set(FaultPoint.allCases))
    }

    @Test("Each promise has a control, and no bug is controlled twice")
    func controls() {
        let bugs = Control.all.map(\.bug)
        #expect(Set(bugs).count == bugs.count)
        #expect(bugs.count == 8)
    }

    @Test("A key made up for a shard is a key of that shard", arguments: [0, 3, 4095])
    func keys(shard: Int) throws {
        var random = SeededGenerator(seed: 5)
        let text = Scene.bookingKey(ofShard: shard, &random)
        let key = try #require(BookingKey(text))
        #expect(Int(key.shard.rawValue) == shard)
        #expect(key.description == text)
    }
}
