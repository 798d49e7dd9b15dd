import CoreMetrics

/// A value that goes up and down: what swift-metrics calls a gauge or a meter.
final class PrometheusGauge: MeterHandler, RecorderHandler, PrometheusMetric {
    static let kind = MetricKind.gauge

    private let value = AtomicDouble()

    func set(_ value: Int64) { self.value.store(Double(value)) }

    func set(_ value: Double) { self.value.store(value) }

    func increment(by amount: Double) { value.add(amount) }

    func decrement(by amount: Double) { value.add(-amount) }

    func record(_ value: Int64) { set(value) }

    func record(_ value: Double) { set(value) }

    func write(as name: String, labels: String, to text: inout ExpositionText) {
        text.sample(name: name, labels: labels, value: value.load())
    }
}
