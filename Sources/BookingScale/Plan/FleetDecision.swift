package import BookingDomain

/// How many workers there should be, and why.
package struct FleetDecision: Hashable, Sendable {
    package enum Reason: Hashable, Sendable {
        /// As many as are needed.
        case steady
        /// This many are needed; the next reading must say so too.
        case confirming(Int)
        /// More are needed.
        case grown
        /// This many would do; the quiet period is not over yet.
        case quiet(Int)
        /// Fewer have been enough for the whole quiet period.
        case shrunk
        /// Nobody knows; the number is held.
        case unknown(UnknownReading)
    }

    package let from: Int
    package let to: Int
    package let reason: Reason
    /// What waits, by shard.
    package let backlog: [ShardNumber: Backlog]
    /// How long the oldest of them has waited.
    package let oldest: Duration
    /// Commands that come in a second.
    package let arrivals: Double
    /// Commands that one worker decides in a second.
    package let rate: Double
    /// Whether that was measured, and not assumed.
    package let isRateMeasured: Bool

    /// What waits in all shards.
    package var backlogSum: Backlog { backlog.values.reduce(Backlog()) { $0 + $1 } }

    package var isKnown: Bool {
        switch reason {
        case .unknown: false
        case .steady, .confirming, .grown, .quiet, .shrunk: true
        }
    }
}

/// How much waits.
package struct Backlog: Hashable, Sendable {
    package var messages = 0
    /// Those in the messages, as far as it is known how many a message holds.
    package var commands = 0

    static func + (left: Backlog, right: Backlog) -> Backlog {
        Backlog(
            messages: left.messages + right.messages, commands: left.commands + right.commands)
    }
}

extension FleetDecision.Reason: CustomStringConvertible {
    package var description: String {
        switch self {
        case .steady: "as many as are needed"
        case .confirming(let count): "\(count) are needed, if the next reading says so too"
        case .grown: "more are needed to clear what waits in time"
        case .quiet(let count): "\(count) would do, if it stays so"
        case .shrunk: "fewer have been enough for the quiet period"
        case .unknown(let what): "unknown: \(what)"
        }
    }
}
