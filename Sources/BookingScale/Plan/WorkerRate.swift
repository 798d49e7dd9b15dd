import BookingDomain

/// How many commands a second one worker decides when it has enough to do.
///
/// Only a worker with something left to do at both ends of an interval shows what it can; one that
/// decides more than it was thought able to shows it any time.
struct WorkerRate: Sendable {
    /// Commands a second.
    private(set) var value: Double
    private(set) var isMeasured = false

    /// - Parameter assumed: What to go by until it was measured.
    init(assumed: Double) { value = assumed }

    /// Learns from what each worker did since the last reading.
    mutating func observe(_ shards: some Collection<ShardMeter>, after elapsed: Duration) {
        guard elapsed > .zero else { return }
        var samples: [Double] = []
        for (_, shards) in Dictionary(grouping: shards.filter { $0.owner != nil }, by: \.owner) {
            let rate = shards.reduce(0) { $0 + Double($1.decided) } / elapsed.inSeconds
            let left = shards.reduce(0) { $0 + $1.backlogAtLeast }
            let isBusy = left >= value * elapsed.inSeconds * Self.busyMin
            if rate > value || (isBusy && rate > 0) { samples.append(rate) }
        }
        guard !samples.isEmpty else { return }
        let mean = samples.reduce(0, +) / Double(samples.count)
        value = isMeasured ? value + (mean - value) * (1 - elapsed.fading) : mean
        isMeasured = true
    }

    /// What must wait for a worker, as part of what it does in the time, for it to count as busy.
    private static let busyMin = 0.5
}
