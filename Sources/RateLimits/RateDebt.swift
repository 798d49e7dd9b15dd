/// What one key has used of its budget: the generic cell rate algorithm (ITU-T I.371), one number a key.
///
/// The number is the time at which the whole budget will be there again. Each unit moves it on by the policy's
/// interval, time pays it back, and it may lie ahead of now by the policy's depth at most.
struct RateDebt: Hashable, Sendable {
    /// When all is paid back, in nanoseconds of the limiter's clock.
    private(set) var paidAt: Int64

    /// Nothing is used.
    static let none = RateDebt(paidAt: 0)

    /// Whether there is nothing left to remember.
    func isPaid(at now: Int64) -> Bool { paidAt <= now }

    /// The debt with one unit more; `nil` when the policy does not allow it.
    func taking(_ policy: RatePolicy, at now: Int64) -> RateDebt? {
        let next = max(paidAt, now) + policy.interval
        return next - now <= policy.depth ? RateDebt(paidAt: next) : nil
    }

    /// The debt with one unit less.
    func givingBack(_ policy: RatePolicy) -> RateDebt {
        RateDebt(paidAt: max(0, paidAt - policy.interval))
    }

    /// What is left of the budget.
    func state(_ policy: RatePolicy, at now: Int64) -> RateState {
        let debt = max(0, paidAt - now)
        let remaining = max(0, (policy.depth - debt) / policy.interval)
        let untilNext = max(0, debt - (policy.depth - (remaining + 1) * policy.interval))
        return RateState(
            policy: policy, remaining: Int(remaining),
            nextUnitSeconds: debt == 0 ? 0 : Int((untilNext + 999_999_999) / 1_000_000_000))
    }
}
