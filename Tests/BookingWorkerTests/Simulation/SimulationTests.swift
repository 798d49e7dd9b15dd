import Testing

@Suite("A worker to which things happen", .timeLimit(.minutes(5)))
struct SimulationTests {
    @Test("Nothing is lost, told too early, out of order or wrong, whatever happens and when")
    func holds() async throws {
        for seed in SimulationSeeds.all {
            let run = try Simulation(seed: seed)
            let violations = await run.run()
            #expect(violations == [], "BOXOFFICE_TEST_SEED=\(seed): \(run.witness.notes)")
        }
    }

    @Test("The same seed gives the same run")
    func repeats() async throws {
        for seed in UInt64(0)..<20 {
            let runs = [try Simulation(seed: seed), try Simulation(seed: seed)]
            for run in runs { _ = await run.run() }
            #expect(runs[0].bookings == runs[1].bookings, "seed \(seed)")
        }
    }

    @Test("Each planted bug is caught, as what it is", arguments: SimulationDefect.allCases)
    func catches(_ defect: SimulationDefect) async throws {
        var isCaught = false
        for seed in SimulationSeeds.untilCaught where !isCaught {
            let violations = try await Simulation(seed: seed, defect: defect).run()
            isCaught = violations.contains(defect.violation)
        }
        #expect(isCaught)
    }

    @Test("For everything that must not be, there is a planted bug that brings it about")
    func covers() {
        #expect(Set(SimulationDefect.allCases.map(\.violation)) == Set(Violation.allCases))
    }
}
