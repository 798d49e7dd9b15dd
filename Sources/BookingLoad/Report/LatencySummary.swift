/// How long things took, in order statistics.
package struct LatencySummary: Sendable {
    private let sorted: [Duration]

    package init(_ durations: [Duration]) {
        sorted = durations.sorted()
    }

    package var count: Int { sorted.count }
    package var min: Duration { sorted.first ?? .zero }
    package var median: Duration { quantile(0.5) }
    package var max: Duration { sorted.last ?? .zero }

    /// The smallest duration that at least `share` (0…1) of all do not exceed; zero for none.
    package func quantile(_ share: Double) -> Duration {
        guard !sorted.isEmpty else { return .zero }
        let rank = Int((share * Double(sorted.count)).rounded(.up))
        return sorted[Swift.min(Swift.max(rank, 1), sorted.count) - 1]
    }
}

extension Duration {
    /// In milliseconds with one digit after the point.
    var milliseconds: String {
        let tenths = Int((self / .microseconds(100)).rounded())
        return "\(tenths / 10).\(abs(tenths % 10)) ms"
    }
}
