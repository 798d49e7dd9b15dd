package import CoreMetrics
import Synchronization

/// A swift-metrics backend that keeps every metric in memory and renders it for Prometheus to scrape.
///
/// Counters stay counters, gauges and meters become gauges, timers (in seconds) and recorders become
/// histograms with fixed buckets. Names are written as the callers gave them, with what Prometheus does
/// not allow in a name replaced by `_`; nothing is appended, so a caller writes `…_total` and `…_seconds`.
///
/// The same name and labels always lead to the same metric, whoever asks. A name keeps the kind it was
/// first used with. What cannot be shown (another kind under a known name, or a series beyond
/// ``seriesPerNameMax``) is counted in `prometheus_refused_metrics_total` and goes nowhere.
package final class PrometheusRegistry: MetricsFactory, Sendable {
    /// The media type of the text format, for the `Content-Type` of a scrape.
    package static let mediaType = "text/plain; version=0.0.4; charset=utf-8"
    /// The most series (combinations of label values) one name may have.
    package static let seriesPerNameMax = 1000
    /// How many metrics were asked for that could not be shown.
    static let refusedName = "prometheus_refused_metrics_total"

    private struct State {
        var families: [String: MetricFamily] = [:]
        var refused: UInt64 = 0
    }

    private let state = Mutex(State())
    private let help: [String: String]

    /// A registry without metrics; `help` says in a sentence what the metric of a name is.
    package init(help: [String: String] = [:]) {
        self.help = help
    }

    /// Everything measured until now in the text format, version 0.0.4, sorted by name and labels.
    package func render() -> String {
        let (families, refused) = state.withLock { ($0.families, $0.refused) }
        var text = ExpositionText()
        var writers: [String: (inout ExpositionText) -> Void] = [:]
        for (name, family) in families {
            let help = help[name]
            writers[name] = { family.write(as: name, help: help, to: &$0) }
        }
        for metric in ProcessMetric.current() {
            writers[metric.name] = { metric.write(to: &$0) }
        }
        writers[Self.refusedName] = { text in
            text.header(
                name: Self.refusedName, kind: .counter,
                help: "Metrics that could not be shown: a kind changed, or too many series.")
            text.sample(name: Self.refusedName, labels: "", value: Double(refused))
        }
        for (_, write) in writers.sorted(by: { $0.key < $1.key }) { write(&text) }
        return text.text
    }

    /// The metric of this name and these labels, made when it is new; one that is never shown when it is refused.
    private func metric<Metric: PrometheusMetric>(
        _ label: String, _ dimensions: [(String, String)], make: () -> Metric
    ) -> Metric {
        let name = MetricName.sanitized(label)
        let labels = LabelSet(dimensions, kind: Metric.kind).text
        return state.withLock { state in
            var family = state.families[name] ?? MetricFamily(kind: Metric.kind)
            if let known = family.series[labels] as? Metric { return known }
            let metric = make()
            guard family.kind == Metric.kind, family.series[labels] == nil,
                family.series.count < Self.seriesPerNameMax, !Self.isReserved(name)
            else {
                state.refused += 1
                return metric
            }
            family.series[labels] = metric
            state.families[name] = family
            return metric
        }
    }

    private static func isReserved(_ name: String) -> Bool {
        name == refusedName || ProcessMetric.names.contains(name)
    }

    private func remove(_ handler: AnyObject) {
        state.withLock { state in
            for (name, family) in state.families {
                guard let labels = family.series.first(where: { $0.value === handler })?.key
                else { continue }
                state.families[name]?.series[labels] = nil
                if family.series.count == 1 { state.families[name] = nil }
                return
            }
        }
    }
}

extension PrometheusRegistry {
    package func makeCounter(
        label: String, dimensions: [(String, String)]
    ) -> any CounterHandler {
        metric(label, dimensions) { PrometheusCounter() }
    }

    package func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        metric(label, dimensions) { PrometheusFloatingPointCounter() }
    }

    package func makeMeter(
        label: String, dimensions: [(String, String)]
    ) -> any MeterHandler {
        metric(label, dimensions) { PrometheusGauge() }
    }

    package func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        guard aggregate else { return metric(label, dimensions) { PrometheusGauge() } }
        return metric(label, dimensions) { PrometheusHistogram(bounds: HistogramBounds.counts) }
    }

    package func makeTimer(
        label: String, dimensions: [(String, String)]
    ) -> any TimerHandler {
        metric(label, dimensions) { PrometheusHistogram(bounds: HistogramBounds.seconds) }
    }

    package func destroyCounter(_ handler: any CounterHandler) { remove(handler) }

    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {
        remove(handler)
    }

    package func destroyMeter(_ handler: any MeterHandler) { remove(handler) }

    package func destroyRecorder(_ handler: any RecorderHandler) { remove(handler) }

    package func destroyTimer(_ handler: any TimerHandler) { remove(handler) }
}
