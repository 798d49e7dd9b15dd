/// Writes Prometheus' text format, version 0.0.4, line by line.
struct ExpositionText {
    private(set) var text = ""

    /// The lines that open a family: what it is and of which kind.
    mutating func header(name: String, kind: MetricKind, help: String?) {
        if let help { text += "# HELP \(name) \(Self.escaped(help, quotes: false))\n" }
        text += "# TYPE \(name) \(kind.rawValue)\n"
    }

    mutating func sample(name: String, labels: String, value: Double) {
        sample(name: name, labels: labels, rendered: Self.number(value))
    }

    mutating func sample(name: String, labels: String, value: some BinaryInteger) {
        sample(name: name, labels: labels, rendered: String(value))
    }

    private mutating func sample(name: String, labels: String, rendered: String) {
        text += name
        if !labels.isEmpty { text += "{\(labels)}" }
        text += " \(rendered)\n"
    }

    /// `value` as Go's `ParseFloat`, and so Prometheus, reads it; whole numbers without a fraction.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        // Up to 2^53 each whole number has a double of its own, and the short form loses nothing.
        if value == value.rounded(.towardZero), value.magnitude < 9_007_199_254_740_992 {
            return String(Int64(value))
        }
        return value.description
    }

    /// `value` with what would end the line, or the quoted label value, escaped.
    static func escaped(_ value: String, quotes: Bool) -> String {
        var escaped = ""
        escaped.reserveCapacity(value.utf8.count)
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quotes: escaped += "\\\""
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
