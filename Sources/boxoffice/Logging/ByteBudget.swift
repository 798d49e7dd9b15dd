/// How many bytes may be written: so many a second on the average, and some at once after a rest.
struct ByteBudget {
    typealias Instant = ContinuousClock.Instant

    private let bytesPerSecond: Double
    private let bytesAtOnce: Double
    private var left: Double
    private var at: Instant
    /// How many lines were refused since that was asked last.
    private var refused = 0

    init(limits: LogLimits, at now: Instant) {
        bytesPerSecond = Double(limits.bytesPerSecond)
        bytesAtOnce = Double(limits.bytesAtOnce)
        left = bytesAtOnce
        at = now
    }

    /// Whether a line of so many bytes may be written now.
    mutating func admits(_ bytes: Int, at now: Instant) -> Bool {
        let seconds = (now - at) / .seconds(1)
        at = max(at, now)
        left = min(bytesAtOnce, left + max(0, seconds) * bytesPerSecond)
        guard left >= Double(bytes) else {
            refused += 1
            return false
        }
        left -= Double(bytes)
        return true
    }

    /// How many lines were refused before this one, which may be written.
    mutating func takeRefused() -> Int {
        defer { refused = 0 }
        return refused
    }
}
