import BookingDomain
import Testing

@testable import BookingScale

@Suite("How many workers there should be")
struct FleetPlanTests {
    @Test("Nothing to do: the fewest, for as long as that lasts")
    func idle() {
        var fleet = FleetFixture()
        for _ in 0..<60 {
            let decision = fleet.second()
            #expect(decision.to == 1)
            #expect(decision.reason == .steady)
            #expect(decision.backlogSum == Backlog())
        }
    }

    @Test("A burst brings workers up after two readings, and one by one down after quiet periods")
    func burst() {
        var fleet = FleetFixture()
        fleet.seconds(3)
        fleet.backlog = Array(repeating: 12_500, count: 4)
        let first = fleet.second()
        guard case .confirming = first.reason else {
            Issue.record("\(first.reason)")
            return
        }
        #expect(first.to == 1)
        let second = fleet.second()
        #expect(second.reason == .grown)
        #expect(second.from == 1)
        fleet.seconds(30)
        #expect(fleet.history.max() == 4)
        fleet.seconds(90)
        #expect(fleet.history.last == 1)
        #expect(fleet.turns == 1)
        // Each step down is one, and a quiet period apart from the next.
        let drops = zip(fleet.history, fleet.history.dropFirst()).enumerated()
            .filter { $1.1 < $1.0 }
        #expect(drops.allSatisfy { $1.0 - $1.1 == 1 })
        #expect(zip(drops, drops.dropFirst()).allSatisfy { $1.offset - $0.offset >= 15 })
    }

    @Test("The number is what the measured rate asks for, not what was assumed")
    func measured() {
        var fast = FleetFixture(rate: 20_000)
        fast.backlog = Array(repeating: 12_500, count: 4)
        fast.seconds(10)
        #expect((fast.history.max() ?? 0) <= 4)
        let decision = fast.second()
        #expect(decision.isRateMeasured)
        #expect(decision.rate > 10_000)

        var again = fast
        again.seconds(120)
        #expect(again.history.last == 1)
        // 60,000 in five seconds by workers that do 20,000 a second: one is enough, nearly.
        again.backlog = Array(repeating: 15_000, count: 4)
        again.seconds(10)
        #expect(again.history.suffix(10).allSatisfy { $0 == 1 })
    }

    @Test(
        "A steady load gets the workers that keep pace with it, and they stay",
        arguments: [(100.0, 1), (400.0, 2), (600.0, 3), (900.0, 4)])
    func steady(arrivals: Double, workers: Int) {
        var fleet = FleetFixture(arrivals: arrivals)
        fleet.seconds(240)
        #expect(fleet.history.last.map { abs($0 - workers) <= 1 && $0 >= workers } == true)
        #expect(fleet.history.suffix(120).allSatisfy { $0 == fleet.history.last })
        #expect(fleet.turns <= 1)
    }

    @Test("A load that comes and goes within the quiet period keeps its workers")
    func waves() {
        var fleet = FleetFixture()
        for second in 0..<300 {
            if second.isMultiple(of: 10) {
                for shard in fleet.backlog.indices { fleet.backlog[shard] += 5000 }
            }
            fleet.second()
        }
        #expect(fleet.turns == 0)
        #expect(fleet.history.last == 4)
    }

    @Test("One hot shard keeps one worker busy, however much waits there")
    func oneShard() {
        var fleet = FleetFixture()
        fleet.backlog[2] = 100_000
        fleet.seconds(20)
        #expect(fleet.history.allSatisfy { $0 == 1 })
    }

    @Test("Never more than the shards, nor the most, nor less than the fewest")
    func bounds() {
        for (min, max, shards, expected) in [
            (1, 8, 4, 1...4), (2, 3, 4, 2...3), (3, 2, 4, 2...2), (0, 0, 4, 1...1),
            (5, 9, 2, 2...2),
        ] {
            let plan = FleetFixture.plan(min: min, max: max, shards: shards)
            var fleet = FleetFixture(plan, shards: shards)
            fleet.seconds(2)
            fleet.backlog = Array(repeating: 50_000, count: shards)
            fleet.seconds(150)
            #expect(fleet.history.min() == expected.lowerBound)
            #expect(fleet.history.max() == expected.upperBound)
        }
    }

    @Test("The longer the oldest has waited, the less time is left")
    func age() {
        func needed(waited: Duration) -> Int {
            var fleet = FleetFixture()
            fleet.workers = 1
            for _ in 0..<3 {
                fleet.backlog = Array(repeating: 400, count: 4)
                fleet.pass()
                var shards = fleet.shards
                for shard in shards.keys { shards[shard]?.waited = waited }
                fleet.backlog = Array(repeating: 1000, count: 4)
                _ = fleet.plan.decide(
                    on: FleetReading(
                        at: fleet.now, lines: .success(fleet.lines), shards: .success(shards)))
            }
            return fleet.plan.wanted
        }
        #expect(needed(waited: .milliseconds(100)) < needed(waited: .seconds(4)))
        #expect(needed(waited: .seconds(4)) <= needed(waited: .seconds(3600)))
    }

    @Test("What waits while nobody decides grows old")
    func stalled() {
        var fleet = FleetFixture()
        fleet.workers = 0
        fleet.backlog[0] = 100
        let ages = (0..<5).map { _ in
            fleet.pass()
            return fleet.plan.decide(on: fleet.reading).oldest
        }
        #expect(ages == [.zero, .seconds(1), .seconds(2), .seconds(3), .seconds(4)])
    }

    @Test("What cannot be read holds the number and begins the quiet period anew")
    func unknown() {
        var fleet = FleetFixture()
        fleet.backlog = Array(repeating: 20_000, count: 4)
        fleet.seconds(25)
        #expect(fleet.plan.wanted == 4)
        let odd = UnknownReading("no answer")
        for reading in [
            FleetReading(at: fleet.now, lines: .failure(odd), shards: .success(fleet.shards)),
            FleetReading(at: fleet.now, lines: .success(fleet.lines), shards: .failure(odd)),
        ] {
            let decision = fleet.plan.decide(on: reading)
            #expect(decision.reason == .unknown(odd))
            #expect(!decision.isKnown)
            #expect((decision.from, decision.to) == (4, 4))
        }
        fleet.seconds(14)
        let before = fleet.plan.wanted
        fleet.pass()
        _ = fleet.plan.decide(
            on: FleetReading(at: fleet.now, lines: .failure(odd), shards: .failure(odd)))
        fleet.seconds(14)
        #expect(fleet.plan.wanted == before)
    }

    @Test("A reading that nobody confirms starts nobody")
    func confirmation() {
        var fleet = FleetFixture()
        fleet.second()
        fleet.backlog = Array(repeating: 100_000, count: 4)
        _ = fleet.second()
        let decision = fleet.plan.decide(
            on: FleetReading(
                at: fleet.now, lines: .failure(UnknownReading("")), shards: .success(fleet.shards)))
        #expect(decision.to == 1)
        #expect(fleet.second().to == 1)
        #expect(fleet.second().reason == .grown)
    }

    @Test("Lines that nobody is to consume do not count")
    func paused() {
        var fleet = FleetFixture()
        fleet.backlog = Array(repeating: 50_000, count: 4)
        fleet.workers = 0
        for _ in 0..<5 {
            fleet.pass()
            var shards = fleet.shards
            for (index, event) in fleet.events.enumerated() {
                if index < 2 {
                    shards[event.shard]?.isPaused = true
                } else {
                    shards[event.shard]?.pausedEvents = [event]
                }
            }
            let decision = fleet.plan.decide(
                on: FleetReading(
                    at: fleet.now, lines: .success(fleet.lines), shards: .success(shards)))
            #expect(decision.backlogSum == Backlog())
            #expect(decision.to == 1)
        }
    }

    @Test("Lines of shards that are not ours do not count")
    func foreign() {
        var fleet = FleetFixture(FleetFixture.plan(), shards: 2)
        let lines = [FleetFixture.event(in: 7): 1_000_000]
        for _ in 0..<3 {
            fleet.pass()
            let decision = fleet.plan.decide(
                on: FleetReading(
                    at: fleet.now, lines: .success(lines), shards: .success(fleet.shards)))
            #expect(decision.backlogSum == Backlog())
            #expect(decision.to == 1)
        }
    }

    @Test("Who takes over an existing fleet begins with its number", arguments: [0, 1, 3, 4])
    func adoption(workers: Int) {
        var fleet = FleetFixture(FleetFixture.plan(max: 3, adoptsOwners: true))
        fleet.workers = workers
        let decision = fleet.plan.decide(on: fleet.reading)
        #expect(decision.to == min(max(workers, 1), 3))
        #expect(decision.from == decision.to)
    }

    @Test("Each reason has its words")
    func words() {
        let reasons: [FleetDecision.Reason] = [
            .steady, .confirming(3), .grown, .quiet(2), .shrunk,
            .unknown(UnknownReading("silence")),
        ]
        #expect(Set(reasons.map(\.description)).count == reasons.count)
        #expect(reasons[5].description.contains("silence"))
    }
}
