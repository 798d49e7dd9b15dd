/// Which of a pool's failures to connect are worth telling, so that what lasts is told more and more seldom.
///
/// Told are the first, each with a reason that is not that of the one before, and the second, fourth,
/// eighth, and so on.
struct ToldFailures: Sendable {
    /// The longest run of failures of which nothing is told.
    private static let untoldMax = 128

    private var count = 0
    private var reason: String?

    /// Whether to tell the failure that is number `count` in a row.
    ///
    /// Attempts that fail together have the same number, and are told once.
    mutating func isNews(_ count: Int, _ reason: String) -> Bool {
        defer { (self.count, self.reason) = (count, reason) }
        guard reason == self.reason else { return true }
        return count != self.count
            && (count.nonzeroBitCount == 1 || count % Self.untoldMax == 0)
    }

    /// Whether something had failed; forgets it.
    mutating func takeFailures() -> Int {
        defer { self = ToldFailures() }
        return count
    }
}
