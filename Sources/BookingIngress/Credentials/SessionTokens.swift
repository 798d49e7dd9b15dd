import BookingDomain
import Foundation
import JWTKit
import Synchronization

/// Issues and verifies session tokens: JSON Web Tokens signed with HMAC-SHA-256 (RFC 7519).
///
/// Algorithm, key id, issuer and audience are pinned: a token that says anything else is refused
/// before its signature is looked at, `alg: none` included. Verifying needs no database.
final class SessionTokens: Sendable {
    static let issuer = "boxoffice"
    static let audience = "boxoffice-api"
    static let algorithm = "HS256"
    static let keyID = "session-v1"
    /// The longest token worth reading, in bytes.
    static let tokenBytesMax = 1024
    /// The times in seconds since 1970 that a token may tell.
    private static let seconds = 0...BookingLimits.counts.upperBound / 1_000_000
    /// How many verified tokens are remembered, so that a busy client's is not verified each time.
    static let verifiedMax = 20_000

    private let keys: JWTKeyCollection
    private let lifetime: Duration
    private let verified = Mutex(
        RecentCache<String, Principal>(capacity: SessionTokens.verifiedMax))

    /// Tokens live for `lifetime`.
    init(keys secrets: SecretKeys, lifetime: Duration) async {
        keys = JWTKeyCollection()
        self.lifetime = lifetime
        await keys.add(
            hmac: HMACKey(key: secrets.token), digestAlgorithm: .sha256,
            kid: JWKIdentifier(string: Self.keyID))
    }

    /// A new token of `user`, and when it ends.
    func issue(to user: User, at now: Instant) async throws -> (
        token: String, expiresAt: Instant
    ) {
        // Tokens count in whole seconds.
        let issuedAt = now.microsecondsSinceEpoch / 1_000_000
        let expiresAt = issuedAt + lifetime.components.seconds
        let claims = SessionClaims(
            iss: IssuerClaim(value: Self.issuer), aud: AudienceClaim(value: [Self.audience]),
            sub: SubjectClaim(value: user.id.description), role: user.role.rawValue,
            iat: issuedAt, exp: expiresAt)
        let token = try await keys.sign(claims, kid: JWKIdentifier(string: Self.keyID))
        return (token, Instant(microsecondsSinceEpoch: expiresAt * 1_000_000))
    }

    /// Whose token this is; refuses one that is forged, foreign, expired or not a token at all.
    func verify(_ token: String, at now: Instant) async throws(Refusal) -> Principal {
        if let principal = verified(token, at: now) { return principal }
        guard token.utf8.count <= Self.tokenBytesMax else { throw Refusal.invalidToken }
        let principal = try await read(token)
        verified.withLock { $0.insert(principal, for: token) }
        guard now < principal.expiresAt else { throw Refusal.expiredToken }
        return principal
    }

    /// Whose token this is, when it was verified of late and is still valid; `nil` says nothing.
    func verified(_ token: String, at now: Instant) -> Principal? {
        verified.withLock { $0.value(for: token) }.flatMap { now < $0.expiresAt ? $0 : nil }
    }

    private func read(_ token: String) async throws(Refusal) -> Principal {
        let claims: SessionClaims
        do {
            let header = try DefaultJWTParser()
                .parse(Array(token.utf8), as: SessionClaims.self).header
            guard header.alg == Self.algorithm, header.kid == Self.keyID,
                header.crit == nil
            else { throw Refusal.invalidToken }
            claims = try await keys.verify(token, as: SessionClaims.self)
        } catch { throw Refusal.invalidToken }
        guard claims.iss.value == Self.issuer, claims.aud.value == [Self.audience],
            let user = UserID(claims.sub.value), let role = UserRole(rawValue: claims.role),
            claims.iat <= claims.exp, Self.seconds.contains(claims.exp)
        else { throw Refusal.invalidToken }
        return Principal(
            user: user, role: role,
            expiresAt: Instant(microsecondsSinceEpoch: claims.exp * 1_000_000))
    }
}

/// What a session token says.
struct SessionClaims: JWTPayload {
    let iss: IssuerClaim
    let aud: AudienceClaim
    let sub: SubjectClaim
    let role: String
    let iat: Int64
    let exp: Int64

    /// The claims are judged by ``SessionTokens``, which is told the time.
    func verify(using algorithm: some JWTAlgorithm) {}
}
