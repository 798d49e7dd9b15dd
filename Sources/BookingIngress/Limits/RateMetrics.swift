import Metrics
import RateLimits

/// Counts what was decided on budgets.
struct RateMetrics: Sendable {
    enum Decision: String, CaseIterable {
        case allowed, limited
        /// It would have been limited.
        case observed
    }

    /// By budget, then by decision.
    private let counters: [[Counter]]

    init() {
        counters = RateBudget.allCases.map { budget in
            Decision.allCases.map { decision in
                Counter(
                    label: "boxoffice_rate_limit_decisions_total",
                    dimensions: [
                        ("policy", budget.policy.name), ("decision", decision.rawValue),
                    ])
            }
        }
    }

    func decided(_ budget: RateBudget, _ decision: Decision) {
        let place =
            switch decision {
            case .allowed: 0
            case .limited: 1
            case .observed: 2
            }
        counters[budget.rawValue][place].increment()
    }
}
