import BookingDomain
import BookingKeys
import Crypto
import RateLimits
import Synchronization
import Testing

@testable import BookingIngress

struct SignInLimitsTests {
    private static let second: Int64 = 1_000_000_000
    private let clock = LimiterClock()
    private let limits: SignInLimits

    init() {
        let limiter = LocalRateLimiter { [clock] in clock.now }
        limits = SignInLimits(
            gate: RateGate(limiter, mode: .on, random: { 0 }, logger: TestIngress.quiet),
            authenticator: HMACAuthenticator(
                key: SymmetricKey(data: [UInt8](repeating: 1, count: 32))))
    }

    private func address(_ number: Int) -> ClientAddress {
        ClientAddress(ipv4: 0x7f00_0000 + UInt32(number))
    }

    /// Fails to sign in, and tells whether that was limited.
    private func isLimited(_ email: String, from number: Int) async -> Bool {
        do {
            _ = try await limits.attempt(email, by: address(number))
            return false
        } catch { return true }
    }

    private func signIn(_ email: String, from number: Int) async throws {
        limits.giveBack(try await limits.attempt(email, by: address(number)))
    }

    @Test("an address may fail ten times for an account, and then once a minute")
    func pair() async throws {
        for _ in 0..<10 { #expect(await !isLimited("ada@example.org", from: 1)) }
        #expect(await isLimited("ada@example.org", from: 1))
        clock.advance(60 * Self.second)
        #expect(await !isLimited("ada@example.org", from: 1))
        #expect(await isLimited("ada@example.org", from: 1))
    }

    @Test("the same account written in another case, or composed otherwise, has the same budget")
    func sameAccount() async throws {
        for _ in 0..<5 { #expect(await !isLimited("zo\u{eb}@example.org", from: 1)) }
        for _ in 0..<5 { #expect(await !isLimited("ZOE\u{308}@Example.ORG", from: 1)) }
        #expect(await isLimited("zo\u{eb}@example.org", from: 1))
    }

    @Test("a stranger's failures do not keep the owner out, who comes from another address")
    func owner() async throws {
        for _ in 0..<50 { _ = await isLimited("ada@example.org", from: 1) }
        try await signIn("ada@example.org", from: 2)
    }

    @Test("an office of five hundred signs in through one address at once, mistakes included")
    func office() async throws {
        for person in 0..<500 {
            if person % 10 == 0 { #expect(await !isLimited("\(person)@example.org", from: 1)) }
            try await signIn("\(person)@example.org", from: 1)
        }
    }

    @Test("an address that tries one password for each of many accounts is limited")
    func spraying() async throws {
        for number in 0..<100 { #expect(await !isLimited("\(number)@example.org", from: 1)) }
        #expect(await isLimited("100@example.org", from: 1))
        try await signIn("100@example.org", from: 2)
    }

    @Test(
        "an account attacked from many addresses: each has one try, its owner is heeded at the first"
    )
    func distributed() async throws {
        for address in 0..<10 {
            for _ in 0..<10 { #expect(await !isLimited("ada@example.org", from: 100 + address)) }
        }
        for address in 0..<200 {
            #expect(await !isLimited("ada@example.org", from: 1000 + address))
            #expect(await isLimited("ada@example.org", from: 1000 + address))
        }
        for _ in 0..<3 { try await signIn("ada@example.org", from: 2) }
        // Other accounts have nothing to do with it.
        for _ in 0..<10 { #expect(await !isLimited("eve@example.org", from: 3)) }
        // The owner's own mistake costs a minute, not an hour.
        #expect(await !isLimited("ada@example.org", from: 2))
        #expect(await isLimited("ada@example.org", from: 2))
        clock.advance(60 * Self.second)
        try await signIn("ada@example.org", from: 2)
    }
}

/// A clock that goes on when a test says so.
private final class LimiterClock: Sendable {
    private let time = Atomic<Int64>(0)

    var now: Int64 { time.load(ordering: .relaxed) }

    func advance(_ nanoseconds: Int64) { time.add(nanoseconds, ordering: .relaxed) }
}
