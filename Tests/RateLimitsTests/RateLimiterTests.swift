import Synchronization
import Testing

@testable import RateLimits

struct RateLimiterTests {
    private static let second: Int64 = 1_000_000_000
    /// Ten at once, then two a second.
    private let policy = RatePolicy("submissions", quota: 10, windowSeconds: 5, scope: 1)
    private let clock = TestClock()

    private func limiter(keysMax: Int = 64) -> LocalRateLimiter {
        LocalRateLimiter(keysMax: keysMax) { [clock] in clock.now }
    }

    @Test("a key has its quota at once, then a unit each time the interval is over")
    func quotaThenInterval() {
        let limiter = limiter()
        let charge = RateCharge(policy, key: 7)
        #expect((0..<10).allSatisfy { _ in limiter.decide(charge).isAllowed })
        #expect(!limiter.decide(charge).isAllowed)
        clock.advance(Self.second / 2 - 1)
        #expect(!limiter.decide(charge).isAllowed)
        clock.advance(1)
        #expect(limiter.decide(charge).isAllowed)
        #expect(!limiter.decide(charge).isAllowed)
        clock.advance(5 * Self.second)
        #expect((0..<10).allSatisfy { _ in limiter.decide(charge).isAllowed })
        #expect(!limiter.decide(charge).isAllowed)
    }

    @Test("keys and policies of different scopes have budgets of their own")
    func separate() {
        let limiter = limiter()
        let other = RatePolicy("reads", quota: 10, windowSeconds: 5, scope: 2)
        for _ in 0..<10 { _ = limiter.decide(RateCharge(policy, key: 7)) }
        #expect(!limiter.decide(RateCharge(policy, key: 7)).isAllowed)
        #expect(limiter.decide(RateCharge(policy, key: 8)).isAllowed)
        #expect(limiter.decide(RateCharge(other, key: 7)).isAllowed)
    }

    @Test("the fields say the policy, what is left, and when one more unit will be there")
    func fields() {
        let limiter = limiter()
        let slow = RatePolicy("sign-in", quota: 2, windowSeconds: 60, scope: 2)
        let fresh = limiter.decide(RateCharge(policy, key: 7), and: [RateCharge(slow, key: 7)])
        #expect(fresh.policyField == #""submissions";q=10;w=5, "sign-in";q=2;w=60"#)
        #expect(fresh.stateField == #""submissions";r=9;t=1, "sign-in";r=1;t=30"#)
        _ = limiter.decide(RateCharge(slow, key: 7))
        clock.advance(10 * Self.second)
        let refused = limiter.decide(RateCharge(slow, key: 7))
        #expect(refused.stateField == #""sign-in";r=0;t=20"#)
        #expect(refused.retrySeconds == 20)
        clock.advance(19 * Self.second + 1)
        #expect(limiter.decide(RateCharge(slow, key: 7)).stateField == #""sign-in";r=0;t=1"#)
    }

    @Test("a request is told of the longest wait, and that it is a second at least")
    func retry() {
        let limiter = limiter()
        for _ in 0..<10 { _ = limiter.decide(RateCharge(policy, key: 7)) }
        #expect(limiter.decide(RateCharge(policy, key: 7)).retrySeconds == 1)
        let slow = RatePolicy("sign-in", quota: 1, windowSeconds: 60, scope: 2)
        _ = limiter.decide(RateCharge(slow, key: 7))
        let both = limiter.decide(RateCharge(policy, key: 7), and: [RateCharge(slow, key: 7)])
        #expect(both.exceeded.map(\.policy.name) == ["submissions", "sign-in"])
        #expect(both.retrySeconds == 60)
    }

    @Test("of several budgets a unit of each is taken, or of none")
    func allOrNone() {
        let limiter = limiter()
        let narrow = RatePolicy("narrow", quota: 1, windowSeconds: 60, scope: 2)
        let charges = (RateCharge(policy, key: 7), [RateCharge(narrow, key: 7)])
        #expect(limiter.decide(charges.0, and: charges.1).isAllowed)
        for _ in 0..<20 { #expect(!limiter.decide(charges.0, and: charges.1).isAllowed) }
        // Nine of the ten are still there.
        #expect(limiter.decide(RateCharge(policy, key: 7)).first.remaining == 8)
    }

    @Test("policies of one scope see what was taken under the other")
    func sharedScope() {
        let limiter = limiter()
        let generous = RatePolicy("failures", quota: 10, windowSeconds: 600, scope: 3)
        let strict = RatePolicy("first-failure", quota: 1, windowSeconds: 60, scope: 3)
        #expect(limiter.decide(RateCharge(generous, key: 7)).isAllowed)
        #expect(!limiter.decide(RateCharge(strict, key: 7)).isAllowed)
        #expect(limiter.decide(RateCharge(generous, key: 7)).isAllowed)
        clock.advance(120 * Self.second)
        #expect(limiter.decide(RateCharge(strict, key: 7)).isAllowed)
    }

    @Test("what is given back can be taken again, and nobody gets more than the quota by it")
    func givingBack() {
        let limiter = limiter()
        let charge = RateCharge(policy, key: 7)
        for _ in 0..<100 {
            #expect(limiter.decide(charge).isAllowed)
            limiter.giveBack([charge])
        }
        for _ in 0..<5 { limiter.giveBack([charge]) }
        #expect((0..<10).allSatisfy { _ in limiter.decide(charge).isAllowed })
        #expect(!limiter.decide(charge).isAllowed)
    }

    @Test("requests at the same time do not get more than the quota together")
    func concurrent() async {
        let limiter = limiter()
        let charge = RateCharge(policy, key: 7)
        let allowed = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask { (0..<1000).count { _ in limiter.decide(charge).isAllowed } }
            }
            return await group.reduce(0, +)
        }
        #expect(allowed == 10)
    }

    @Test(
        "in any stretch of time no more is allowed than the quota and what came back meanwhile",
        arguments: [UInt64(1), 2, 3, 4, 5])
    func bound(seed: UInt64) {
        var random = TestRandom(seed: seed)
        let policy = RatePolicy(
            "any", quota: Int(random.next() % 20) + 1, windowSeconds: Int(random.next() % 9) + 1,
            scope: 1)
        let limiter = limiter()
        var allowedAt: [Int64] = []
        for _ in 0..<2000 {
            clock.advance(Int64(random.next() % UInt64(policy.interval)))
            if limiter.decide(RateCharge(policy, key: 7)).isAllowed { allowedAt.append(clock.now) }
        }
        for start in stride(from: 0, to: allowedAt.count, by: 7) {
            for end in stride(from: start, to: allowedAt.count, by: 11) {
                let cameBack = (allowedAt[end] - allowedAt[start]) / policy.interval
                #expect(Int64(end - start + 1) <= Int64(policy.quota) + cameBack, "seed \(seed)")
            }
        }
        #expect(allowedAt.count > policy.quota)
    }

    @Test("numbers beyond the limits of a policy are taken as the nearest within")
    func extremes() {
        let limiter = limiter()
        for (quota, window) in [(Int.max, Int.min), (Int.min, Int.max), (0, 0), (-1, -1)] {
            let policy = RatePolicy("odd", quota: quota, windowSeconds: window, scope: 9)
            #expect((1...RatePolicy.quotaMax).contains(policy.quota))
            #expect((1...RatePolicy.windowSecondsMax).contains(policy.windowSeconds))
            _ = limiter.decide(RateCharge(policy, key: .max))
            limiter.giveBack([RateCharge(policy, key: .max)])
        }
    }
}

/// A clock that goes on when a test says so.
final class TestClock: Sendable {
    private let time = Atomic<Int64>(0)

    var now: Int64 { time.load(ordering: .relaxed) }

    func advance(_ nanoseconds: Int64) { time.add(nanoseconds, ordering: .relaxed) }
}

/// Numbers that look random and are the same for the same seed (SplitMix64).
struct TestRandom {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
        return word ^ (word >> 31)
    }
}
