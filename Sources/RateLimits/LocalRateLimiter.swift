import Synchronization

/// Keeps budgets in the memory of this process: each instance has its own.
package final class LocalRateLimiter: RateLimiter {
    /// How many keys are remembered at most by default; 2 MiB.
    package static let keysMax = 1 << 17

    private let table: Mutex<RateTable>
    private let now: @Sendable () -> Int64

    /// `now` tells the nanoseconds since some moment, at least 0 and never less than before.
    package init(keysMax: Int = LocalRateLimiter.keysMax, now: @escaping @Sendable () -> Int64) {
        table = Mutex(RateTable(keysMax: keysMax))
        self.now = now
    }

    /// By the system's clock that nobody sets.
    package convenience init() {
        let start = ContinuousClock.now
        self.init {
            let (seconds, attoseconds) = (ContinuousClock.now - start).components
            return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
        }
    }

    package func take(
        _ first: RateCharge, and others: [RateCharge],
        completion: @escaping @Sendable (RateDecision) -> Void
    ) {
        completion(decide(first, and: others))
    }

    /// Does the same, and answers at once.
    package func decide(_ first: RateCharge, and others: [RateCharge] = []) -> RateDecision {
        let hash = Self.hash(first)
        let now = now()
        guard !others.isEmpty else {
            return table.withLock { table in
                let debt = table.debt(of: hash)
                guard let more = debt.taking(first.policy, at: now) else {
                    let state = debt.state(first.policy, at: now)
                    return RateDecision(first: state, exceeded: [state])
                }
                table.set(more, of: hash, at: now)
                return RateDecision(first: more.state(first.policy, at: now))
            }
        }
        return decide([(first, hash)] + others.map { ($0, Self.hash($0)) }, at: now)
    }

    private func decide(_ charges: [(RateCharge, UInt64)], at now: Int64) -> RateDecision {
        table.withLock { table in
            let debts = charges.map { charge, hash in
                (debt: table.debt(of: hash), policy: charge.policy, hash: hash)
            }
            let exceeded = debts.filter { $0.debt.taking($0.policy, at: now) == nil }
            let isAllowed = exceeded.isEmpty
            let states = debts.map { entry in
                guard isAllowed, let more = entry.debt.taking(entry.policy, at: now) else {
                    return entry.debt.state(entry.policy, at: now)
                }
                table.set(more, of: entry.hash, at: now)
                return more.state(entry.policy, at: now)
            }
            return RateDecision(
                first: states[0], others: Array(states.dropFirst()),
                exceeded: exceeded.map { $0.debt.state($0.policy, at: now) })
        }
    }

    package func giveBack(_ charges: [RateCharge]) {
        let now = now()
        table.withLock { table in
            for charge in charges {
                let hash = Self.hash(charge)
                let debt = table.debt(of: hash)
                guard !debt.isPaid(at: now) else { continue }
                table.set(debt.givingBack(charge.policy), of: hash, at: now)
            }
        }
    }

    /// How many keys have debts.
    package var debtors: Int {
        let now = now()
        return table.withLock { $0.debtors(at: now) }
    }

    /// Differs from process to process, and 0 only by chance.
    private static func hash(_ charge: RateCharge) -> UInt64 {
        var hasher = Hasher()
        hasher.combine(charge.policy.scope)
        hasher.combine(charge.key)
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }
}
