import BookingDomain
import Logging
import RateLimits

/// Lets requests in that are within their budgets.
struct RateGate: Sendable {
    /// The most seconds by which clients that are refused at the same time are told to come back at different
    /// ones.
    static let jitterSecondsMax = 5

    /// A budget, and whose.
    struct Charge: Sendable {
        let budget: RateBudget
        let key: UInt128

        init(_ budget: RateBudget, _ key: UInt128) {
            self.budget = budget
            self.key = key
        }

        fileprivate var rateCharge: RateCharge { RateCharge(budget.policy, key: key) }
    }

    /// Whether a request may go on, and what its answer says of its budgets.
    typealias Verdict = Result<RateFields?, Refusal>

    private let limiter: any RateLimiter
    private let mode: RateLimitMode
    private let metrics: RateMetrics
    private let random: @Sendable () -> UInt64
    private let logger: Logger

    init(
        _ limiter: any RateLimiter, mode: RateLimitMode, random: @escaping @Sendable () -> UInt64,
        logger: Logger
    ) {
        self.limiter = limiter
        self.mode = mode
        metrics = RateMetrics()
        self.random = random
        self.logger = logger
    }

    /// Takes a unit of a budget, and tells whether there was one; calls back at once if the limiter does.
    func pass(
        _ budget: RateBudget, _ key: UInt128, completion: @escaping @Sendable (Verdict) -> Void
    ) {
        guard mode != .off else { return completion(.success(nil)) }
        limiter.take(RateCharge(budget.policy, key: key), and: []) { decision in
            completion(verdict(on: decision, [budget]))
        }
    }

    /// Takes a unit of a budget; throws when there is none.
    func pass(_ budget: RateBudget, _ key: UInt128) async throws(Refusal) -> RateFields? {
        guard mode != .off else { return nil }
        let decision = await limiter.take(RateCharge(budget.policy, key: key))
        return try verdict(on: decision, [budget]).get()
    }

    /// Whether there was a unit of each budget, which is taken then.
    ///
    /// `nil` when nobody counts. What follows from it is the caller's business: see ``verdict(on:_:)``.
    func take(_ first: Charge, _ others: [Charge]) async -> RateDecision? {
        guard mode != .off else { return nil }
        return await limiter.take(first.rateCharge, and: others.map(\.rateCharge))
    }

    /// Gives back what was taken.
    func giveBack(_ charges: [Charge]) {
        guard mode != .off else { return }
        limiter.giveBack(charges.map(\.rateCharge))
    }

    /// What a decision on these budgets means to the request; it is counted.
    func verdict(on decision: RateDecision, _ budgets: [RateBudget]) -> Verdict {
        guard !decision.isAllowed else {
            for budget in budgets { metrics.decided(budget, .allowed) }
            return mode == .on ? .success(RateFields(decision)) : .success(nil)
        }
        let exceeded = budgets.filter { budget in
            decision.exceeded.contains { $0.policy.name == budget.policy.name }
        }
        let isEnforced = mode == .on
        for budget in exceeded { metrics.decided(budget, isEnforced ? .limited : .observed) }
        guard isEnforced else {
            for budget in exceeded {
                logger.notice(
                    "a request beyond its budget was let in, since limits are only observed",
                    metadata: ["policy": "\(budget.policy.name)"])
            }
            return .success(nil)
        }
        return .failure(
            .quotaExceeded(
                QuotaExceeded(
                    retrySeconds: decision.retrySeconds + jitterSeconds(for: decision),
                    policies: decision.exceeded.map(\.policy.name), fields: RateFields(decision))))
    }

    /// Up to a quarter of the wait and a second, but never more than ``jitterSecondsMax``.
    private func jitterSeconds(for decision: RateDecision) -> Int {
        let most = min(decision.retrySeconds / 4 + 1, Self.jitterSecondsMax)
        return Int(random() % UInt64(most + 1))
    }
}
