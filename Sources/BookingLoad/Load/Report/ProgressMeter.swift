/// Makes a line of the progress now and then, with the rate since the last one.
struct ProgressMeter {
    private let interval: Duration
    private var last: LoadProgress?

    /// Lets at least `interval` pass between two lines.
    init(every interval: Duration) { self.interval = interval }

    /// The line to print at `progress`; `nil` when the last one is not long enough ago.
    mutating func line(at progress: LoadProgress) -> String? {
        let since = progress.elapsed - (last?.elapsed ?? .zero)
        // Ticks are a little early or late.
        guard since >= interval * 0.9 else { return nil }
        defer { last = progress }
        let seconds = since / .seconds(1)
        func rate(_ count: (LoadProgress) -> Int) -> String {
            let counted = count(progress) - (last.map(count) ?? 0)
            return "\(Int((Double(counted) / seconds).rounded()))/s"
        }
        var parts = ["\(Int((progress.elapsed / .seconds(1)).rounded())) s", phase(progress)]
        parts.append("outcomes \(rate(\.outcomes))")
        if progress.reads > 0 { parts.append("reads \(rate(\.reads))") }
        parts.append("p99 \(progress.p99?.milliseconds ?? "–")")
        parts.append("in flight \(progress.inFlight)")
        parts.append("refused \(progress.refusals)")
        parts.append("errors \(progress.faults)")
        return "  " + parts.filter { !$0.isEmpty }.joined(separator: "  ")
    }

    private func phase(_ progress: LoadProgress) -> String {
        switch progress.phase {
        case .warmup: "warm-up"
        case .counting: ""
        case .ending: "ending"
        }
    }
}
