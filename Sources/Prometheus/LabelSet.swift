/// The names that Prometheus allows: letters, digits and `_`, no digit first; in metric names also `:`.
enum MetricName {
    /// `label` as a metric name: `http.requests` becomes `http_requests`.
    static func sanitized(_ label: String) -> String {
        sanitized(label, allowsColon: true)
    }

    static func sanitized(_ label: String, allowsColon: Bool) -> String {
        var name = ""
        for scalar in label.unicodeScalars {
            switch scalar {
            case "a"..."z", "A"..."Z", "_": name.unicodeScalars.append(scalar)
            case ":" where allowsColon: name.unicodeScalars.append(scalar)
            case "0"..."9":
                if name.isEmpty { name = "_" }
                name.unicodeScalars.append(scalar)
            default: name += "_"
            }
        }
        return name.isEmpty ? "_" : name
    }
}

/// The labels of one series, sorted by name, each name once.
struct LabelSet {
    /// What stands between the braces: `path="/",status="200"`.
    let text: String

    /// Of two dimensions with one name the last counts.
    init(_ dimensions: [(String, String)], kind: MetricKind) {
        var values: [String: String] = [:]
        for (label, value) in dimensions {
            var name = MetricName.sanitized(label, allowsColon: false)
            // `le` is the histogram's own, and names with two underscores are Prometheus' own.
            if name.hasPrefix("__") || (kind == .histogram && name == "le") {
                name = "exported_" + name
            }
            values[name] = value
        }
        text = values.sorted { $0.key < $1.key }
            .map { "\($0.key)=\"\(ExpositionText.escaped($0.value, quotes: true))\"" }
            .joined(separator: ",")
    }
}
