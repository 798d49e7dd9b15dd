import BookingDomain

/// Finds lines that are said to be empty though nobody can have emptied them.
///
/// A queue whose leader is slow or gone says zero or nothing at all. Lines are emptied by workers,
/// who count the messages they take in the shard's database; so a shard whose lines fell to zero by
/// more than was counted lately is not believed, for a while: somebody may have purged them.
struct LineDoubt: Sendable {
    /// What was counted when, the oldest first; as far back as a broker's figures may lag.
    private var counts: [(at: ContinuousClock.Instant, messages: [ShardNumber: Int64])] = []
    /// The lines as last believed.
    private var believed: [EventID: Int] = [:]
    /// What had been counted about when those were true.
    private var counted: [ShardNumber: Int64] = [:]
    private var since: ContinuousClock.Instant?

    /// Whether to believe the lines; they are remembered when so.
    mutating func believes(
        _ lines: [EventID: Int], shards: [ShardNumber: ShardReading],
        at now: ContinuousClock.Instant
    ) -> Bool {
        let messages = shards.mapValues(\.messages)
        counts.append((now, messages))
        while counts.count > 1, counts[1].at.duration(to: now) >= ScaleLimits.lagMax {
            counts.removeFirst()
        }
        if isOdd(lines, messages: messages) {
            let begin = since ?? now
            since = begin
            guard begin.duration(to: now) >= ScaleLimits.doubtMax else { return false }
        }
        since = nil
        believed = lines
        counted = counts[0].messages
        return true
    }

    private func isOdd(_ lines: [EventID: Int], messages: [ShardNumber: Int64]) -> Bool {
        var vanished: [ShardNumber: Int64] = [:]
        for (event, count) in believed where lines[event, default: 0] == 0 {
            vanished[event.shard, default: 0] += Int64(count)
        }
        return vanished.contains { shard, count in
            count > messages[shard, default: 0] - counted[shard, default: 0]
        }
    }
}
