import Testing

@testable import RateLimits

struct RateTableTests {
    private let policy = RatePolicy("reads", quota: 100, windowSeconds: 100, scope: 1)
    private let clock = TestClock()

    private func limiter(keysMax: Int) -> LocalRateLimiter {
        LocalRateLimiter(keysMax: keysMax) { [clock] in clock.now }
    }

    @Test("there is room for as many keys as said, rounded up, and for no more however many come")
    func bounded() {
        #expect(RateTable(keysMax: 1).capacity == RateTable.rowKeys)
        #expect(RateTable(keysMax: 1000).capacity == 1024)
        let limiter = limiter(keysMax: 1024)
        for key in 0..<50_000 { _ = limiter.decide(RateCharge(policy, key: UInt128(key))) }
        #expect(limiter.debtors <= 1024)
        #expect(limiter.debtors > 1000)
    }

    @Test("a table that grows forgets nothing")
    func grows() {
        let limiter = limiter(keysMax: 1 << 17)
        let charges = (0..<4000).map { RateCharge(policy, key: UInt128($0)) }
        for charge in charges { for _ in 0..<3 { _ = limiter.decide(charge) } }
        #expect(limiter.debtors == 4000)
        #expect(charges.allSatisfy { limiter.decide($0).first.remaining == 96 })
    }

    @Test("keys that come once each do not make a key forgotten that owes more")
    func flood() {
        let limiter = limiter(keysMax: 1024)
        let owing = (0..<20).map { RateCharge(policy, key: UInt128(1_000_000 + $0)) }
        for charge in owing { for _ in 0..<100 { _ = limiter.decide(charge) } }
        for key in 0..<100_000 { _ = limiter.decide(RateCharge(policy, key: UInt128(key))) }
        #expect(owing.allSatisfy { !limiter.decide($0).isAllowed })
    }

    @Test("in a full table a newcomer is served, and limited if it goes on")
    func newcomer() {
        let limiter = limiter(keysMax: 8)
        for key in 0..<8 {
            for _ in 0..<10 { _ = limiter.decide(RateCharge(policy, key: UInt128(key))) }
        }
        let newcomer = RateCharge(policy, key: 99)
        #expect((0..<100).allSatisfy { _ in limiter.decide(newcomer).isAllowed })
        #expect(!limiter.decide(newcomer).isAllowed)
    }

    @Test("places of paid debts are taken first")
    func paid() {
        let limiter = limiter(keysMax: 8)
        for key in 0..<8 {
            for _ in 0..<(key < 4 ? 1 : 50) {
                _ = limiter.decide(RateCharge(policy, key: UInt128(key)))
            }
        }
        clock.advance(1_000_000_000)
        #expect(limiter.debtors == 4)
        for key in 100..<104 { _ = limiter.decide(RateCharge(policy, key: UInt128(key))) }
        #expect(limiter.debtors == 8)
        // The debts of before are all still there: each owes 50 less the one that was paid back.
        let remaining = (4..<8).map {
            limiter.decide(RateCharge(policy, key: UInt128($0))).first.remaining
        }
        #expect(remaining == [50, 50, 50, 50])
    }
}
