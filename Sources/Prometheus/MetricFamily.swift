/// The kinds of metric that Prometheus knows and we have, by the words of the format.
enum MetricKind: String, Sendable {
    case counter
    case gauge
    case histogram
}

/// One series: a metric of one name and one combination of labels.
protocol PrometheusMetric: AnyObject, Sendable {
    static var kind: MetricKind { get }
    /// Writes the lines of this series; `labels` is what stands between the braces.
    func write(as name: String, labels: String, to text: inout ExpositionText)
}

/// All series of one name; they share a kind.
struct MetricFamily: Sendable {
    let kind: MetricKind
    /// By their labels as they are rendered.
    var series: [String: any PrometheusMetric] = [:]

    func write(as name: String, help: String?, to text: inout ExpositionText) {
        text.header(name: name, kind: kind, help: help)
        for (labels, metric) in series.sorted(by: { $0.key < $1.key }) {
            metric.write(as: name, labels: labels, to: &text)
        }
    }
}
