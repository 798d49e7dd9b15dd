import BookingDomain
import HTTPTypes
import Hummingbird

/// Who asks, by the token in the header `Authorization`.
struct Authentication: Sendable {
    let tokens: SessionTokens
    let now: @Sendable () -> Instant

    /// Whoever asks; refuses who is not signed in.
    func principal(of request: Request) async throws(Refusal) -> Principal {
        guard let principal = try await principalIfAny(of: request) else {
            throw Refusal.signInFirst
        }
        return principal
    }

    /// Whoever asks, or nobody; refuses a token that is not right even where none is needed.
    func principalIfAny(of request: Request) async throws(Refusal) -> Principal? {
        let values = request.headers[values: .authorization]
        guard let value = values.first else { return nil }
        let parts = value.split(separator: " ", maxSplits: 1)
        guard values.count == 1, parts.count == 2, parts[0].lowercased() == "bearer" else {
            throw Refusal.invalidToken
        }
        return try await tokens.verify(String(parts[1]), at: now())
    }
}
