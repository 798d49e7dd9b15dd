import BookingDomain

@testable import BookingIngress

extension SessionTokens {
    /// Tokens as an ingress with these keys issues and verifies them.
    static func test(
        _ keys: SecretKeys, lifetime: Duration, revoked: RevokedSessions = RevokedSessions()
    ) async -> SessionTokens {
        await SessionTokens(
            keys: keys, lifetime: lifetime, revoked: revoked,
            random: { .random(in: .min ... .max) })
    }

    /// A token of an account whose password was never changed.
    func issue(to user: User, at now: Instant) async throws -> (token: String, expiresAt: Instant) {
        try await issue(to: user, generation: 0, at: now)
    }
}
