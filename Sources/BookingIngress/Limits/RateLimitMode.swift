/// What becomes of requests beyond their budgets.
package enum RateLimitMode: String, CaseIterable, Sendable {
    /// They are answered with 429.
    case on
    /// They are counted and logged, and answered as if there were no limit.
    case observe
    /// Nobody counts.
    case off
}
