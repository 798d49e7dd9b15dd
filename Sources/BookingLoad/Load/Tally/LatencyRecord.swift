import Histogram
import NIOCore

/// What is timed.
enum LatencyKind: String, Hashable, Sendable, CaseIterable {
    case accepted = "POST to 202"
    case outcome = "POST to outcome"
    case read = "GET event"
    /// How late requests of the open loop were sent; the other kinds have it in them.
    case sending = "due to sent"
}

/// Durations of one kind, each kept to three digits in a histogram of microseconds.
struct LatencyRecord: Sendable {
    private var histogram = Histogram<UInt64>(
        highestTrackableValue: UInt64(Self.latencyMax), numberOfSignificantValueDigits: .three)

    private static let latencyMax = TimeAmount(LoadLimits.latencyMax).nanoseconds / 1_000

    var count: Int { Int(histogram.totalCount) }
    var min: Duration { .microseconds(Int64(histogram.min)) }
    var max: Duration { .microseconds(Int64(histogram.maxRecorded)) }

    mutating func record(_ latency: TimeAmount) {
        let microseconds = Swift.min(Swift.max(latency.nanoseconds / 1_000, 0), Self.latencyMax)
        histogram.record(UInt64(microseconds))
    }

    /// The duration that `share` (0 to 1) of all do not exceed; zero for none.
    func quantile(_ share: Double) -> Duration {
        guard count > 0 else { return .zero }
        return .microseconds(Int64(histogram.valueAtPercentile(share * 100)))
    }

    /// The whole distribution, denser towards the slowest; the last point is the slowest of all.
    var curve: [LatencyPoint] {
        histogram.percentiles(ticksPerHalfDistance: Self.ticksPerHalfDistance).map {
            LatencyPoint(
                share: $0.percentileLevelIteratedTo / 100,
                latency: Swift.min(.microseconds(Int64($0.value)), max))
        }
    }

    private static let ticksPerHalfDistance = 10
}

/// A point of a distribution: the share of requests that took no longer than this.
struct LatencyPoint: Hashable, Sendable {
    let share: Double
    let latency: Duration
}
