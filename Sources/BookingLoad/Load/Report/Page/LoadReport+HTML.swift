extension LoadReport {
    /// All of it as one page of HTML that needs nothing from elsewhere.
    package var html: String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>Boxoffice under load</title>
        <style>
        \(PageStyle.css)
        </style>
        </head>
        <body>
        <main>
        <h1>Boxoffice under load</h1>
        <p class="sub">\(title.escaped); \(span.escaped)</p>
        \(tiles)
        \(figure("Latency by percentile", Plot.latency(of: latencies)))
        \(figure("Rate over time", Plot.rate(of: self)))
        <h2>Latency</h2>
        \(latencyTable)
        <div class="columns">
        \(countsTable("Outcomes", outcomeRows))
        \(countsTable("Refusals", refusalRows))
        \(countsTable("Errors", faultRows))
        \(countsTable("Missing", missingRows))
        </div>
        <h2>Settings</h2>
        \(settingsTable)
        </main>
        </body>
        </html>

        """
    }

    /// The figures that are looked for first.
    private var tiles: String {
        let main = latencies.first { $0.kind == .outcome } ?? latencies.first { $0.kind == .read }
        var tiles: [(String, String)] = []
        if let main {
            tiles.append((main.perSecond.rate, main.kind == .read ? "reads" : "outcomes"))
            tiles.append((main.p50.milliseconds, "\(main.kind.rawValue), median"))
            tiles.append((main.p99.milliseconds, "\(main.kind.rawValue), p99"))
        }
        tiles.append(("\(refusals.values.reduce(0) { $0 + $1.all })", "refused"))
        tiles.append(("\(faults.values.reduce(0, +))", "errors"))
        tiles.append(("\(lost)", "lost"))
        let items = tiles.map { value, name in
            "<div><b>\(value.escaped)</b><span>\(name.escaped)</span></div>"
        }
        return "<div class=\"tiles\">\(items.joined())</div>"
    }

    private func figure(_ title: String, _ plot: Plot?) -> String {
        guard let plot else { return "" }
        return "<h2>\(title)</h2>\n<figure>\n\(plot.legend)\(plot.svg)</figure>"
    }

    private var latencyTable: String {
        let head = ["", "count", "rate", "min", "p50", "p90", "p99", "p99.9", "max"]
        return table(
            head,
            latencies.map { row in
                [
                    row.kind.rawValue, "\(row.count)", row.perSecond.rate, row.min.milliseconds,
                    row.p50.milliseconds, row.p90.milliseconds, row.p99.milliseconds,
                    row.p999.milliseconds, row.max.milliseconds,
                ]
            })
    }

    private func countsTable(_ title: String, _ rows: [CountRow]) -> String {
        guard !rows.isEmpty else { return "" }
        let saysMore = rows.contains { $0.withoutRetryAfter != nil }
        let head = [title, "count"] + (saysMore ? ["without Retry-After"] : [])
        return table(
            head,
            rows.map { row in
                [row.name, "\(row.count)"] + (row.withoutRetryAfter.map { ["\($0)"] } ?? [])
            })
    }

    private var settingsTable: String {
        table(
            ["setting", "value"],
            [
                ["ingress instances", configuration.urls.joined(separator: ", ")],
                ["connections", "\(configuration.users)"],
                ["accounts", "\(configuration.buyers)"],
                ["events", "\(configuration.events), of \(configuration.capacity) places each"],
                ["Prefer: wait", "\(configuration.waitSeconds) s"],
                ["patience at the end", "\((configuration.patience / .seconds(1)).plain) s"],
            ])
    }

    private func table(_ head: [String], _ rows: [[String]]) -> String {
        let headCells = head.map { "<th scope=\"col\">\($0.escaped)</th>" }.joined()
        let lines = rows.map { row in
            "<tr>" + row.map { "<td>\($0.escaped)</td>" }.joined() + "</tr>"
        }
        return "<div class=\"scroll\"><table><thead><tr>\(headCells)</tr></thead><tbody>\n"
            + lines.joined(separator: "\n") + "\n</tbody></table></div>"
    }
}
