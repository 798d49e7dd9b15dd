import CoreMetrics
import Synchronization

/// The upper bounds of the buckets, ascending; what is larger falls into `+Inf`.
enum HistogramBounds {
    /// For timers: half a millisecond to ten seconds.
    static let seconds: [Double] = [
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]
    /// For recorders: one to a million, in steps of 1, 2 and 5.
    static let counts: [Double] = [
        1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000,
        100_000, 200_000, 500_000, 1_000_000,
    ]
}

/// A distribution in fixed buckets: what swift-metrics calls a timer or a recorder.
///
/// A lock and not atomics, so that a scrape sees buckets, sum and count of the same moment.
final class PrometheusHistogram: TimerHandler, RecorderHandler, PrometheusMetric {
    static let kind = MetricKind.histogram

    private struct State {
        /// How many values fell into each bucket alone; the last is `+Inf`.
        var counts: [UInt64]
        var sum = 0.0
    }

    private let bounds: [Double]
    private let state: Mutex<State>

    init(bounds: [Double]) {
        self.bounds = bounds
        state = Mutex(State(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    func recordNanoseconds(_ duration: Int64) {
        record(Double(duration) / 1e9)
    }

    func record(_ value: Int64) {
        record(Double(value))
    }

    /// Counts `value`; what is not a number is left out, since it would spoil the sum for ever.
    func record(_ value: Double) {
        guard value.isFinite else { return }
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock { state in
            state.counts[bucket] += 1
            state.sum += value
        }
    }

    func write(as name: String, labels: String, to text: inout ExpositionText) {
        let state = state.withLock { $0 }
        let separator = labels.isEmpty ? "" : ","
        var count: UInt64 = 0
        for (index, inBucket) in state.counts.enumerated() {
            count += inBucket
            let bound = index < bounds.count ? ExpositionText.number(bounds[index]) : "+Inf"
            text.sample(
                name: name + "_bucket", labels: "\(labels)\(separator)le=\"\(bound)\"",
                value: count)
        }
        text.sample(name: name + "_sum", labels: labels, value: state.sum)
        text.sample(name: name + "_count", labels: labels, value: count)
    }
}
