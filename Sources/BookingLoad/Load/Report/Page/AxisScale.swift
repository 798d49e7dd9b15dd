#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Where a value stands on an axis, as a share of its length, and which values are marked on it.
struct AxisScale {
    let ticks: [Double]
    private let low: Double
    private let high: Double
    private let isLogarithmic: Bool

    func place(of value: Double) -> Double {
        guard isLogarithmic else { return (value - low) / (high - low) }
        return (log10(max(value, low)) - log10(low)) / (log10(high) - log10(low))
    }

    /// From 0 to `max` or a little above, with about `count` round values marked.
    static func linear(to max: Double, ticks count: Int, exactly: Bool = false) -> AxisScale {
        let max = Swift.max(max, 1)
        let step = roundUp(max / Double(count))
        let high = exactly ? max : (max / step).rounded(.up) * step
        let ticks = Array(stride(from: 0, through: high * 1.000_001, by: step))
        return AxisScale(ticks: ticks, low: 0, high: high, isLogarithmic: false)
    }

    /// From a round value below `low` to one above `high`.
    ///
    /// Powers of ten are marked, and where those are few, twice and five times them too.
    static func logarithmic(from low: Double, to high: Double) -> AxisScale {
        let top = roundUp(Swift.max(high, low * 2))
        let bottom = roundDown(low)
        let decades = Int(log10(bottom).rounded(.down))...Int(log10(top).rounded(.up))
        let isLong = log10(top / bottom) > 3.001
        let steps = isLong ? [1.0] : [1.0, 2.0, 5.0]
        let ticks = decades.flatMap { decade in steps.map { $0 * pow(10, Double(decade)) } }
        let margin = 1.000_001
        return AxisScale(
            ticks: ticks.filter { bottom / margin <= $0 && $0 <= top * margin }, low: bottom,
            high: top, isLogarithmic: true)
    }

    /// The next of …, 1, 2, 5, 10, … that is not below `value`.
    private static func roundUp(_ value: Double) -> Double {
        let decade = pow(10, log10(value).rounded(.down))
        return [1, 2, 5].map { $0 * decade }.first { $0 >= value / 1.000_001 } ?? 10 * decade
    }

    private static func roundDown(_ value: Double) -> Double {
        let decade = pow(10, log10(value * 1.000_001).rounded(.down))
        return [5, 2].map { $0 * decade }.first { $0 <= value * 1.000_001 } ?? decade
    }
}
