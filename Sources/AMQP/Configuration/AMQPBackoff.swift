/// How long to wait before connecting again: growing, jittered, never above a cap.
public struct AMQPBackoff: Sendable, Hashable {
    /// The wait after the first failure, before jitter.
    public var first: Duration

    /// The longest wait, jitter included.
    public var cap: Duration

    /// A session that lasted this long counts as a success and starts the waits anew.
    public var resetAfter: Duration

    /// A backoff that doubles from `first` to `cap`.
    public init(
        first: Duration = .milliseconds(100), cap: Duration = .seconds(5),
        resetAfter: Duration = .seconds(10)
    ) {
        self.first = first
        self.cap = cap
        self.resetAfter = resetAfter
    }

    /// 0.1 s, doubling up to 5 s.
    public static let `default` = AMQPBackoff()

    /// The wait after the given number of failures in a row.
    ///
    /// - Parameters:
    ///   - failures: failures in a row, at least 1.
    ///   - randomness: a random number from 0 to 1. The wait lies between half of the doubled value
    ///     and the whole of it, so that many clients do not come back at the same moment.
    /// - Returns: a wait of at most `cap`.
    public func delay(afterFailures failures: Int, randomness: Double) -> Duration {
        let doublings = min(max(failures - 1, 0), 20)
        let full = min(first * (1 << doublings), cap)
        return full * (0.5 + 0.5 * min(max(randomness, 0), 1))
    }
}
