import TextTables

extension LoadReport {
    /// The report as it is printed.
    package var text: String {
        var sections = ["Load: \(title)\n\(span)\n", latencyText]
        sections.append(
            contentsOf: [
                countsText("outcomes", outcomeRows), refusalsText, countsText("errors", faultRows),
                countsText("missing", missingRows),
            ].filter { !$0.isEmpty })
        if let limitsRemark { sections.append(limitsRemark + "\n") }
        sections.append((failure ?? "Nothing was lost.") + "\n")
        return sections.joined(separator: "\n")
    }

    /// What the figures are of.
    var span: String {
        let seconds = configuration.duration / .seconds(1)
        let warmup = configuration.warmup / .seconds(1)
        let early = planned.map { ", ended early instead of after \(($0 / .seconds(1)).plain) s" }
        let counted = (seconds * 10).rounded() / 10
        return
            "counted for \(counted.plain) s\(early ?? "") after \(warmup.plain) s of warm-up; run \(run)"
    }

    private var latencyText: String {
        var table = TextTable([.left] + Array(repeating: .right, count: 8))
        table.add("latency", "count", "rate", "min", "p50", "p90", "p99", "p99.9", "max")
        for row in latencies {
            table.add(
                row.kind.rawValue, "\(row.count)", "\(row.perSecond.rate)", row.min.milliseconds,
                row.p50.milliseconds, row.p90.milliseconds, row.p99.milliseconds,
                row.p999.milliseconds, row.max.milliseconds)
        }
        return table.text
    }

    private var refusalsText: String {
        guard !refusalRows.isEmpty else { return "" }
        var table = TextTable([.left, .right, .right])
        table.add("refusals", "count", "without Retry-After")
        for row in refusalRows {
            table.add(row.name, "\(row.count)", "\(row.withoutRetryAfter ?? 0)")
        }
        return table.text
    }

    private func countsText(_ title: String, _ rows: [CountRow]) -> String {
        guard !rows.isEmpty else { return "" }
        var table = TextTable([.left, .right])
        table.add(title, "count")
        for row in rows { table.add(row.name, "\(row.count)") }
        return table.text
    }
}

extension Double {
    /// As so many a second: with a digit after the point only below a hundred.
    var rate: String {
        guard self < 100 else { return "\(Int(self.rounded()))/s" }
        return ((self * 10).rounded() / 10).plain + "/s"
    }
}
