#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// How often each event is wanted, after Zipf's law: the n-th as often as n to the minus `skew`.
struct EventPopularity: Sendable {
    /// The share of the events up to and with each; the last is 1.
    private let cumulative: [Double]

    init(events: Int, skew: Double) {
        let weights = (1...events).map { pow(Double($0), -skew) }
        let sum = weights.reduce(0, +)
        var shares: [Double] = []
        var reached = 0.0
        for weight in weights {
            reached += weight / sum
            shares.append(reached)
        }
        shares[events - 1] = 1
        cumulative = shares
    }

    /// The index of the event at `share` (0 to below 1) of all requests.
    func event(at share: Double) -> Int {
        var low = 0
        var high = cumulative.count - 1
        while low < high {
            let middle = (low + high) / 2
            if cumulative[middle] > share { high = middle } else { low = middle + 1 }
        }
        return low
    }

    var events: Int { cumulative.count }
}
