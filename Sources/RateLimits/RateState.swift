/// What is left of a key's budget.
package struct RateState: Hashable, Sendable {
    package let policy: RatePolicy
    /// How many more units the key could have now.
    package let remaining: Int
    /// In how many seconds, rounded up, one more will be there; 0 when all are.
    package let nextUnitSeconds: Int

    package init(policy: RatePolicy, remaining: Int, nextUnitSeconds: Int) {
        self.policy = policy
        self.remaining = remaining
        self.nextUnitSeconds = nextUnitSeconds
    }

    /// Appends the state as an item of the field `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10).
    func appendField(to text: inout String) {
        text += "\""
        text += policy.name
        text += "\";r="
        text += String(remaining)
        text += ";t="
        text += String(nextUnitSeconds)
    }
}
