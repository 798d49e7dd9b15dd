import ArgumentParser
import BookingCheck
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
        #expect(Set(points) == Set(FaultPoint.allCases).subtracting([.submitting]))
    }

    @Test("Each promise has a control, and no bug is controlled twice")
    func controls() {
        let bugs = Control.all.map(\.bug)
        #expect(Set(bugs).count == bugs.count)
        #expect(bugs.count == 12)
    }

    @Test("A control is caught by a rule that was expected to, and by no other")
    func expectations() {
        for control in Control.all {
            func outcome(_ verdict: RunResult.Verdict) -> ControlOutcome {
                ControlOutcome(control: control, result: result(verdict))
            }
            let others = Rule.allCases.filter { !control.expected.contains($0) }
            #expect(!outcome(.violated(others)).isCaught)
            #expect(outcome(.violated(others)).line.hasPrefix("NOT caught"))
            #expect(!outcome(.clean).isCaught)
            #expect(!control.expected.isEmpty)
            for rule in control.expected {
                #expect(outcome(.violated(others + [rule])).isCaught)
            }
        }
    }

    private func result(_ verdict: RunResult.Verdict) -> RunResult {
        RunResult(
            order: order(),
            description: RunDescription(
                seed: 1, startedAt: "2026-11-21T00:00:00Z", minutes: 0, rate: 1, workers: 1,
                instances: 1, events: []),
            verdict: verdict, tally: Recorder.Tally(), injuries: [], meanRate: 1, leftOut: 0,
            took: .zero, incidents: [], folder: "")
    }

    @Test("The count of decisions is exact only where nobody is killed")
    func exactness() {
        for fault in Fault.allCases where fault.killingPoint != nil || !fault.required.isEmpty {
            #expect(!fault.keepsCounts || fault == .duplicates)
        }
    }

    @Test("Options that would say nothing are refused")
    func ignoredOptions() {
        for line in [
            "--short --fault zombie", "--short --minutes 2", "--short --workers 2",
            "--short --control all", "--control all --fault zombie",
            "--control no-fence --minutes 1",
        ] {
            #expect(throws: (any Error).self, "\(line)") {
                try FaultsCommand.parse(line.split(separator: " ").map(String.init))
            }
        }
        for line in ["--short --seed 7 --rate 50", "--fault zombie --workers 2", "--control all"] {
            #expect(throws: Never.self, "\(line)") {
                try FaultsCommand.parse(line.split(separator: " ").map(String.init))
            }
        }
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
