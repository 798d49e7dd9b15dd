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

    /// Whose token this is, when that need not be found out first; `nil` says nothing.
    func principalAtHand(of token: Substring) -> Principal? {
        tokens.verified(String(token), at: now())
    }

    /// Whoever asks, or nobody; refuses a token that is not right even where none is needed.
    func principalIfAny(of request: Request) async throws(Refusal) -> Principal? {
        let values = request.headers[values: .authorization]
        guard let value = values.first else { return nil }
        // By bytes: a token is hundreds of characters long.
        let scheme = value.utf8.prefix { $0 != UInt8(ascii: " ") }
        guard values.count == 1, scheme.endIndex < value.endIndex,
            String(scheme)?.lowercased() == "bearer"
        else { throw Refusal.invalidToken }
        let token = value.utf8[value.utf8.index(after: scheme.endIndex)...]
        return try await tokens.verify(String(Substring(token)), at: now())
    }
}
