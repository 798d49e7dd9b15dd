import CoreMetrics
import Synchronization

/// A counter of whole things; one atomic addition for each increment.
final class PrometheusCounter: CounterHandler, PrometheusMetric {
    static let kind = MetricKind.counter

    private let total = Atomic<Int64>(0)

    /// Adds `amount`; a counter never goes down, so zero and less change nothing.
    func increment(by amount: Int64) {
        guard amount > 0 else { return }
        let change = total.wrappingAdd(amount, ordering: .relaxed)
        // Past the end a counter stays at the end: a total that falls would look like a restart.
        if change.newValue < change.oldValue { total.store(.max, ordering: .relaxed) }
    }

    func reset() {
        total.store(0, ordering: .relaxed)
    }

    func write(as name: String, labels: String, to text: inout ExpositionText) {
        text.sample(name: name, labels: labels, value: total.load(ordering: .relaxed))
    }
}

/// A counter of what comes in parts, such as seconds.
final class PrometheusFloatingPointCounter: FloatingPointCounterHandler, PrometheusMetric {
    static let kind = MetricKind.counter

    private let total = AtomicDouble()

    /// Adds `amount`, unless it is negative, not a number or infinite.
    func increment(by amount: Double) {
        guard amount > 0, amount.isFinite else { return }
        total.add(amount)
    }

    func reset() {
        total.store(0)
    }

    func write(as name: String, labels: String, to text: inout ExpositionText) {
        text.sample(name: name, labels: labels, value: total.load())
    }
}
