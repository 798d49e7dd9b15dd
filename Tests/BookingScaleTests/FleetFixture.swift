import BookingDomain

@testable import BookingScale

/// A fleet as it would be: lines that fill and empty, workers that decide so fast, a clock.
struct FleetFixture {
    var plan: FleetPlan
    /// Commands that wait, by shard, each shard with one event.
    var backlog: [Int]
    /// Commands a second that come to each shard.
    var arrivals: [Double]
    /// Commands a second that one worker decides.
    var rate: Double
    /// How many commands a message holds.
    var commandsPerMessage = 10
    /// Workers take the number that is wanted at once, and share the shards evenly.
    var workers: Int
    private(set) var decided: [Double]
    private(set) var now = ContinuousClock.now
    private(set) var history: [Int] = []
    let events: [EventID]

    static func plan(
        min: Int = 1, max: Int = 4, shards: Int = 4, target: Duration = .seconds(5),
        quiet: Duration = .seconds(15), assumedRate: Int = 2000, adoptsOwners: Bool = false
    ) -> FleetPlan {
        FleetPlan(
            bounds: FleetBounds(min: min, max: max, shards: shards), drainTarget: target,
            quietPeriod: quiet, assumedRate: assumedRate, adoptsOwners: adoptsOwners)
    }

    init(
        _ plan: FleetPlan = FleetFixture.plan(), shards: Int = 4, rate: Double = 1000,
        arrivals: Double = 0
    ) {
        self.plan = plan
        self.rate = rate
        backlog = Array(repeating: 0, count: shards)
        self.arrivals = Array(repeating: arrivals, count: shards)
        decided = Array(repeating: 0, count: shards)
        workers = plan.wanted
        events = (0..<shards).map(Self.event)
    }

    static func event(in shard: Int) -> EventID {
        guard let number = ShardNumber(shard) else { fatalError("there is no shard \(shard)") }
        return EventID(
            shard: number, now: Instant(microsecondsSinceEpoch: 0), random: UInt64(shard))
    }

    /// The reading that would be made now.
    var reading: FleetReading {
        FleetReading(at: now, lines: .success(lines), shards: .success(shards))
    }

    var lines: [EventID: Int] {
        Dictionary(
            uniqueKeysWithValues: zip(events, backlog.map { messages(in: $0) }))
    }

    var shards: [ShardNumber: ShardReading] {
        Dictionary(
            uniqueKeysWithValues: events.enumerated().map { index, event in
                (
                    event.shard,
                    ShardReading(
                        owner: owner(of: index), commands: Int64(decided[index]),
                        messages: Int64(decided[index]) / Int64(commandsPerMessage),
                        waited: .milliseconds(10))
                )
            })
    }

    func owner(of shard: Int) -> String? { workers > 0 ? "worker-\(shard % workers)" : nil }

    private func messages(in commands: Int) -> Int {
        (commands + commandsPerMessage - 1) / commandsPerMessage
    }

    /// Lets a second pass, in which things come and are decided, and then decides.
    @discardableResult
    mutating func second() -> FleetDecision {
        pass()
        let decision = plan.decide(on: reading)
        workers = decision.to
        history.append(decision.to)
        return decision
    }

    mutating func seconds(_ count: Int) { for _ in 0..<count { second() } }

    /// Lets time pass without a reading.
    mutating func pass(_ duration: Duration = .seconds(1)) {
        now += duration
        for worker in 0..<workers {
            let owned = backlog.indices.filter { $0 % workers == worker }
            var budget = rate * duration.inSeconds
            for shard in owned { backlog[shard] += Int(arrivals[shard] * duration.inSeconds) }
            // Evenly, as far as there is something in each.
            for (place, shard) in owned.sorted(by: { backlog[$0] < backlog[$1] }).enumerated() {
                let share = min(budget / Double(owned.count - place), Double(backlog[shard]))
                backlog[shard] -= Int(share)
                decided[shard] += Double(Int(share))
                budget -= share
            }
        }
    }

    /// How often the number went the other way than before.
    var turns: Int {
        let steps = zip(history, history.dropFirst()).map { $1 - $0 }.filter { $0 != 0 }
        return zip(steps, steps.dropFirst()).count { ($0 > 0) != ($1 > 0) }
    }
}
