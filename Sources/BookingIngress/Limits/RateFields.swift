import HTTPTypes
import NIOCore
import RateLimits

/// What an answer says of the budgets that its request drew on
/// (draft-ietf-httpapi-ratelimit-headers-10).
struct RateFields: Hashable, Sendable {
    private let decision: RateDecision

    init(_ decision: RateDecision) { self.decision = decision }

    /// Adds the two fields.
    func add(to headers: inout HTTPFields) {
        headers[.rateLimitPolicy] = decision.policyField
        headers[.rateLimit] = decision.stateField
    }

    /// Writes the two fields as they are sent.
    func write(to bytes: inout ByteBuffer) {
        bytes.writeStaticString("RateLimit-Policy: ")
        bytes.writeString(decision.policyField)
        bytes.writeStaticString("\r\nRateLimit: ")
        bytes.writeString(decision.stateField)
        bytes.writeStaticString("\r\n")
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
