#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

extension Plot {
    /// The latency of each kind by percentile: every step to the right leaves a tenth of the rest.
    static func latency(of reports: [LatencyReport]) -> Plot? {
        let reports = reports.filter { $0.count > 0 }
        guard let most = reports.map(\.count).max(), let slowest = reports.map(\.max).max(),
            let fastest = reports.map(\.min).min()
        else { return nil }
        let nines = max(log10(Double(most)), 1)
        let scale = AxisScale.logarithmic(
            from: max(fastest / .milliseconds(1), latencyMin), to: slowest / .milliseconds(1))
        return Plot(
            label: "Latency by percentile", xLabel: "Percentile of requests (%)",
            yLabel: "Latency (log scale)",
            xTicks: percentiles.filter { ninesOf($0.share) <= nines }.map {
                Tick(place: ninesOf($0.share) / nines, label: $0.label)
            },
            yTicks: scale.ticks.map { Tick(place: scale.place(of: $0), label: unit($0)) },
            lines: reports.map { line(of: $0, nines: nines, scale: scale) })
    }

    private static func line(of report: LatencyReport, nines: Double, scale: AxisScale) -> Line {
        // The slowest of n stands where a share of 1/n is left.
        let last = log10(Double(max(report.count, 2)))
        func place(_ point: LatencyPoint) -> Point {
            Point(
                x: min(ninesOf(point.share), last) / nines,
                y: scale.place(of: point.latency / .milliseconds(1)))
        }
        let known = [
            (0.5, report.p50), (0.9, report.p90), (0.99, report.p99), (0.999, report.p999),
        ]
        return Line(
            name: report.kind.rawValue, colour: colour(of: report.kind),
            points: report.curve.map(place),
            marks: known.filter { ninesOf($0.0) <= last }.map { share, latency in
                Mark(
                    point: place(LatencyPoint(share: share, latency: latency)),
                    label: "\(report.kind.rawValue): \((share * 100).plain) % within "
                        + latency.milliseconds)
            })
    }

    /// The same kind has the same colour in every report.
    private static func colour(of kind: LatencyKind) -> Int {
        switch kind {
        case .outcome: 0
        case .read: 1
        case .accepted: 2
        case .sending: 3
        }
    }

    /// How many times the rest was divided by ten: 1 for 90 %, 2 for 99 %.
    private static func ninesOf(_ share: Double) -> Double {
        share >= 1 ? .infinity : -log10(1 - share)
    }

    /// In milliseconds; what is quicker stands at the foot.
    private static let latencyMin = 0.01

    private static let percentiles: [(share: Double, label: String)] = [
        (0, "0"), (0.5, "50"), (0.9, "90"), (0.99, "99"), (0.999, "99.9"),
        (0.9999, "99.99"), (0.99999, "99.999"), (0.999999, "99.9999"),
    ]

    private static func unit(_ milliseconds: Double) -> String {
        milliseconds < 1_000 ? "\(milliseconds.plain) ms" : "\((milliseconds / 1_000).plain) s"
    }
}
