/// A unit of a key's budget that a request asks for.
package struct RateCharge: Hashable, Sendable {
    package let policy: RatePolicy
    /// Whose budget: an account, an address, or both put together.
    package let key: UInt128

    package init(_ policy: RatePolicy, key: UInt128) {
        self.policy = policy
        self.key = key
    }
}

/// Whether a request may go on, and what is left of its budgets then.
package struct RateDecision: Hashable, Sendable {
    /// The budgets asked for, in the order of the charges; the first by itself, since most have no other.
    package let first: RateState
    package let others: [RateState]
    /// The budgets that did not have a unit left; if there is any, nothing was taken from the others either.
    package let exceeded: [RateState]

    package init(first: RateState, others: [RateState] = [], exceeded: [RateState] = []) {
        self.first = first
        self.others = others
        self.exceeded = exceeded
    }

    package var isAllowed: Bool { exceeded.isEmpty }

    /// After how many seconds the request could be allowed, as things stand; at least 1.
    package var retrySeconds: Int { exceeded.reduce(1) { max($0, $1.nextUnitSeconds) } }

    /// The value of the field `RateLimit-Policy`.
    package var policyField: String { field { $0.policy.appendField(to: &$1) } }

    /// The value of the field `RateLimit`.
    package var stateField: String { field { $0.appendField(to: &$1) } }

    /// An item for each budget; in pieces, since one is written for every booking.
    private func field(_ appendItem: (RateState, inout String) -> Void) -> String {
        var text = ""
        text.reserveCapacity(Self.itemBytes * (1 + others.count))
        appendItem(first, &text)
        for state in others {
            text += ", "
            appendItem(state, &text)
        }
        return text
    }

    /// How many bytes an item of a field takes, mostly.
    private static let itemBytes = 32
}

/// Keeps the budgets of requests.
///
/// A limiter answers by calling back, at once if it can: one that is shared by several instances has to ask.
/// It answers always: one that cannot know allows.
package protocol RateLimiter: Sendable {
    /// Takes a unit of each budget, or of none if one of them has none left.
    func take(
        _ first: RateCharge, and others: [RateCharge],
        completion: @escaping @Sendable (RateDecision) -> Void)

    /// Gives back what was taken: a unit of each budget.
    func giveBack(_ charges: [RateCharge])
}

extension RateLimiter {
    /// Takes a unit of each budget, or of none if one of them has none left.
    package func take(_ first: RateCharge, and others: [RateCharge] = []) async -> RateDecision {
        await withCheckedContinuation { continuation in
            take(first, and: others) { continuation.resume(returning: $0) }
        }
    }
}
