import BookingDomain

/// Decides how many workers there should be: as many as keep pace with what comes and clear what
/// waits within a chosen time.
///
/// A shard's *load* is the part of a worker that it needs: commands that come in a second, and
/// commands that wait divided by the time left for them, over the commands a worker decides in a
/// second. The time left is the drain target less what the oldest has waited already. No shard can
/// keep more than one worker busy, since it has one owner at a time. The loads' sum, rounded up, is
/// the number of workers needed.
///
/// More are started when two readings in a row need them; one at a time is stopped after fewer have
/// been enough for the quiet period, with something to spare. What cannot be read changes nothing.
package struct FleetPlan: Sendable {
    /// How many workers there should be.
    package private(set) var wanted: Int

    private let bounds: FleetBounds
    private let drainTarget: Duration
    private let quietPeriod: Duration
    private var doubt = LineDoubt()
    private var meters: [ShardNumber: ShardMeter] = [:]
    private var rate: WorkerRate
    private var adoptsOwners: Bool
    private var lastAt: ContinuousClock.Instant?
    /// What the last readings in a row asked for beyond what is wanted.
    private var growth: [Int] = []
    private var quietSince: ContinuousClock.Instant?

    /// - Parameters:
    ///   - bounds: The fewest and the most workers.
    ///   - drainTarget: How soon what waits should be decided.
    ///   - quietPeriod: How long fewer workers must have been enough before one is stopped.
    ///   - assumedRate: Commands a second of a worker, until it was measured.
    ///   - adoptsOwners: Whether to begin with the workers that serve shards already, whoever
    ///     started them; else with the fewest.
    package init(
        bounds: FleetBounds, drainTarget: Duration, quietPeriod: Duration,
        assumedRate: Int, adoptsOwners: Bool = false
    ) {
        self.bounds = bounds
        self.drainTarget = drainTarget
        self.quietPeriod = quietPeriod
        self.adoptsOwners = adoptsOwners
        rate = WorkerRate(assumed: Double(assumedRate))
        wanted = bounds.min
    }

    /// Takes a reading and says what to do.
    package mutating func decide(on reading: FleetReading) -> FleetDecision {
        let lines: [EventID: Int]
        let shards: [ShardNumber: ShardReading]
        do throws(UnknownReading) {
            lines = try reading.lines.get()
            shards = try reading.shards.get()
            guard doubt.believes(lines, shards: shards, at: reading.at) else {
                throw UnknownReading("lines fell to zero though no worker emptied them")
            }
        } catch {
            growth = []
            quietSince = nil
            return decision(from: wanted, .unknown(error))
        }
        if adoptsOwners {
            wanted = bounds.clamp(Set(shards.values.compactMap(\.owner)).count)
            adoptsOwners = false
        }
        measure(lines: lines, shards: shards, at: reading.at)
        return conclude(at: reading.at)
    }

    private mutating func measure(
        lines: [EventID: Int], shards: [ShardNumber: ShardReading], at now: ContinuousClock.Instant
    ) {
        let elapsed = lastAt.map { $0.duration(to: now) } ?? .zero
        lastAt = now
        var waiting: [ShardNumber: Int] = [:]
        for (event, count) in lines {
            guard let shard = shards[event.shard], !shard.isPaused,
                !shard.pausedEvents.contains(event)
            else { continue }
            waiting[event.shard, default: 0] += count
        }
        for (number, shard) in shards {
            meters[number, default: ShardMeter()]
                .observe(shard, waiting: waiting[number, default: 0], after: elapsed)
        }
        rate.observe(meters.values, after: elapsed)
    }

    private mutating func conclude(at now: ContinuousClock.Instant) -> FleetDecision {
        let from = wanted
        let needed = bounds.clamp(workersNeeded(loadMax: 1))
        if needed > wanted {
            quietSince = nil
            growth.append(needed)
            guard growth.count >= ScaleLimits.readingsBeforeGrowth else {
                return decision(from: from, .confirming(needed))
            }
            // The least of them: one odd reading does not overshoot.
            wanted = growth.min() ?? needed
            growth = []
            return decision(from: from, .grown)
        }
        growth = []
        let enough = bounds.clamp(workersNeeded(loadMax: ScaleLimits.loadMaxAfterShrinking))
        guard enough < wanted else {
            quietSince = nil
            return decision(from: from, .steady)
        }
        let begin = quietSince ?? now
        quietSince = begin
        guard begin.duration(to: now) >= quietPeriod else {
            return decision(from: from, .quiet(enough))
        }
        wanted -= 1
        quietSince = now
        return decision(from: from, .shrunk)
    }

    /// The workers that are needed if each is to be loaded to `loadMax` at most.
    private func workersNeeded(loadMax: Double) -> Int {
        let sum = meters.values.reduce(0) { $0 + min(1, load(of: $1) / loadMax) }
        return Int(clamping: sum.rounded(.up))
    }

    /// The part of a worker that a shard needs.
    private func load(of shard: ShardMeter) -> Double {
        let target = drainTarget.inSeconds
        let timeLeft = max(target - shard.oldest.inSeconds, target / ScaleLimits.hurryMax)
        return (shard.arrivals + shard.backlog / timeLeft) / rate.value
    }

    private func decision(from: Int, _ reason: FleetDecision.Reason) -> FleetDecision {
        FleetDecision(
            from: from, to: wanted, reason: reason,
            backlog: meters.mapValues {
                Backlog(messages: $0.messages, commands: $0.commands)
            },
            oldest: meters.values.map(\.oldest).max() ?? .zero,
            arrivals: meters.values.reduce(0) { $0 + $1.arrivals },
            rate: rate.value, isRateMeasured: rate.isMeasured)
    }
}

/// The fewest and the most workers.
package struct FleetBounds: Hashable, Sendable {
    package let min: Int
    package let max: Int

    /// At least one worker, and no more than there are shards.
    package init(min: Int, max: Int, shards: Int) {
        self.max = Swift.max(1, Swift.min(max, shards))
        self.min = Swift.max(1, Swift.min(min, self.max))
    }

    func clamp(_ count: Int) -> Int { Swift.min(Swift.max(count, min), max) }
}
