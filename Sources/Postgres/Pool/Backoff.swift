/// How long to leave a server alone after failed attempts to connect: twice as long each time, up to
/// a limit, and spread out so that not all clients come back together.
struct Backoff: Sendable {
    var first: Duration = .milliseconds(50)
    var delayMax: Duration = .seconds(2)

    /// Beyond this many doublings the limit is reached for certain.
    private static let doublingsMax = 20

    /// The pause after so many failures in a row; `jitter` between 0 and 1 takes up to half of it off.
    func delay(afterFailures failures: Int, jitter: Double) -> Duration {
        let doublings = min(max(failures - 1, 0), Self.doublingsMax)
        let full = min(first * (1 << doublings), delayMax)
        return full * (1 - min(max(jitter, 0), 1) / 2)
    }
}
