import HTTPTypes
import RateLimits

/// What an answer says of the budgets that its request drew on
/// (draft-ietf-httpapi-ratelimit-headers-10).
struct RateFields: Hashable, Sendable {
    private let policy: String
    private let state: String

    init(_ decision: RateDecision) {
        policy = decision.policyField
        state = decision.stateField
    }

    /// Adds the two fields.
    func add(to headers: inout HTTPFields) {
        headers[.rateLimitPolicy] = policy
        headers[.rateLimit] = state
    }
}

/// A request that is refused since a budget is spent.
struct QuotaExceeded: Hashable, Sendable {
    /// After how many seconds to come again.
    let retrySeconds: Int
    /// The budgets that are spent.
    let policies: [String]
    let fields: RateFields
}

extension HTTPField.Name {
    fileprivate static let rateLimitPolicy = known("RateLimit-Policy")
    fileprivate static let rateLimit = known("RateLimit")
}
