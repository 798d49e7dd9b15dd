extension Plot {
    /// What was done in each second of a run.
    static func rate(of report: LoadReport) -> Plot? {
        let seconds = report.seconds
        guard !seconds.isEmpty else { return nil }
        let series: [(name: String, colour: Int, counts: [Int])] = [
            ("outcomes", 0, seconds.map(\.outcomes)), ("reads", 1, seconds.map(\.reads)),
            ("refused", 2, seconds.map(\.refusals)), ("errors", 3, seconds.map(\.faults)),
        ]
        let shown = series.filter { entry in
            entry.counts.contains { $0 > 0 }
        }
        let length = Double(seconds.count)
        let most = shown.compactMap { $0.counts.max() }.max() ?? 0
        let across = AxisScale.linear(to: length, ticks: 10, exactly: true)
        let up = AxisScale.linear(to: Double(most), ticks: 5)
        let countedFrom = report.configuration.warmup / .seconds(1)
        let end = countedFrom + report.configuration.duration / .seconds(1)
        let bands = [
            Band(from: 0, to: countedFrom / length, label: "warm-up, not counted"),
            Band(from: end / length, to: 1, label: "nothing is sent any more"),
        ]
        return Plot(
            label: "Rate over time", xLabel: "Time since the beginning (s)",
            yLabel: "Requests per second (1/s)",
            xTicks: across.ticks.map { Tick(place: across.place(of: $0), label: $0.plain) },
            yTicks: up.ticks.map { Tick(place: up.place(of: $0), label: $0.plain) },
            bands: bands.filter { $0.from < $0.to && $0.from < 1 },
            lines: shown.map { name, colour, counts in
                Line(
                    name: name, colour: colour,
                    points: counts.enumerated().map { second, count in
                        Point(
                            x: across.place(of: Double(second) + 0.5),
                            y: up.place(of: Double(count)))
                    })
            })
    }
}
