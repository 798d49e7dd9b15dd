import BookingDomain

/// What the programs have counted, over all their lives.
///
/// A process that is killed takes its counters along, so what it last showed is kept for each.
struct MetricTotals: Sendable {
    /// By the launch, the sums of its counters by name.
    private var lives: [Int: [String: Double]] = [:]

    /// Takes in what a process shows now, in the Prometheus text format.
    mutating func take(_ text: String, of life: Int) {
        var sums: [String: Double] = [:]
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            guard let space = line.lastIndex(of: " "),
                let value = Double(line[line.index(after: space)...])
            else { continue }
            sums[String(line[..<space].prefix { $0 != "{" }), default: 0] += value
        }
        lives[life] = sums
    }

    /// The sum of a counter over all labels and lives.
    subscript(_ name: String) -> Int {
        Int(clamping: lives.values.reduce(0) { $0 + ($1[name] ?? 0) })
    }

    /// The sum of a counter over all labels in one life.
    func count(_ name: String, in life: Int) -> Int {
        Int(clamping: lives[life]?[name] ?? 0)
    }
}
