import BookingDomain
import BookingStore

/// How the shards and their workers stand, for the operator.
struct ShardsReport: Sendable {
    /// A shard that could be read, or why it could not.
    struct Row: Sendable {
        let shard: Int
        let standing: Result<Standing, CommandFailure>
    }

    /// How a shard stands.
    struct Standing: Sendable {
        let status: ShardStatus
        /// Messages in its events' queues; `nil` when that is not known.
        let backlog: Int?
        /// Commands decided a second between two readings; `nil` when there is but one.
        let rate: Double?
        let pausedEvents: Int

        /// How long the oldest booking has waited, as far as is known: that of the last batch, and as
        /// long as something waits, at most since that batch; `nil` before the first.
        var oldestWait: Duration? {
            guard let silence = age(of: status.decidedAt) else { return nil }
            let isWaiting = (backlog ?? 0) > 0
            return isWaiting ? max(status.longestWait, silence) : status.longestWait
        }

        /// How long ago it was, by the shard's own clock.
        func age(of instant: Instant?) -> Duration? {
            instant.map { status.readAt.duration(since: $0) }
        }
    }

    let rows: [Row]
    let workers: Result<[WorkerStatus], CommandFailure>
    /// Why the backlog is not known.
    let backlogProblem: CommandFailure?

    /// - Parameters:
    ///   - reading: What was read last.
    ///   - earlier: What was read some time before it, for the rate.
    init(_ reading: ShardsReading, since earlier: ShardsReading) {
        let backlog = (try? reading.backlog.get()).map { lines in
            lines.reduce(into: [ShardNumber: Int]()) { sums, line in
                sums[line.key.shard, default: 0] += line.value
            }
        }
        rows = reading.shards.enumerated().map { number, shard in
            let before = try? earlier.shards[number].get()
            return Row(
                shard: number,
                standing: shard.map { shard in
                    Standing(
                        status: shard.status,
                        backlog: backlog.map { $0[shard.status.shard] ?? 0 },
                        rate: before.flatMap { shard.status.rate(since: $0.status) },
                        pausedEvents: shard.lines.count(where: \.isPaused))
                })
        }
        workers = reading.workers
        backlogProblem =
            switch reading.backlog {
            case .success: nil
            case .failure(let problem): problem
            }
    }

    /// Whether anything could not be read.
    var isIncomplete: Bool { !problems.isEmpty }

    /// What could not be read and why, a line each.
    var problems: [String] {
        var problems: [String] = []
        for row in rows {
            if case .failure(let problem) = row.standing {
                problems.append("shard \(row.shard): \(problem)")
            }
        }
        if case .failure(let problem) = workers { problems.append("directory: \(problem)") }
        if let backlogProblem { problems.append("backlog: \(backlogProblem)") }
        return problems
    }
}

extension ShardStatus {
    /// Commands decided a second since `earlier`, by the shard's own clock.
    fileprivate func rate(since earlier: ShardStatus) -> Double? {
        let span = readAt.duration(since: earlier.readAt)
        guard span > .zero else { return nil }
        return Double(commands - earlier.commands) / (span / .seconds(1))
    }
}

extension WorkerStatus {
    /// How long it has been silent, by the directory's clock.
    var silence: Duration { readAt.duration(since: seenAt) }

    var isAlive: Bool { silence <= Self.silenceMax }
}
