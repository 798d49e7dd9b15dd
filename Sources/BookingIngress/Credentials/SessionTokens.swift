import BookingDomain
import BookingKeys
import BookingStore
import Crypto
import Foundation
import JWTKit
import Synchronization

/// Issues and verifies session tokens: JSON Web Tokens signed with HMAC-SHA-256 (RFC 7519).
///
/// Algorithm, key id, issuer and audience are pinned: a token that says anything else is refused
/// before its signature is looked at, `alg: none` included. Verifying needs no database: which sessions
/// ended before their time is known here (``RevokedSessions``).
///
/// A token has an id (`jti`), and says under which generation of the account's password it was issued (`gen`):
/// the one that the password was compared with, so a change of the password ends every session of before,
/// whatever the clocks say. Tokens of older versions have neither; their signature is their id.
final class SessionTokens: Sendable {
    static let issuer = "boxoffice"
    static let audience = "boxoffice-api"
    static let algorithm = "HS256"
    static let keyID = "session-v1"
    /// The longest that any session may be set to last.
    static let lifetimeMax = Duration.seconds(30 * 86_400)
    /// The longest token worth reading, in bytes.
    static let tokenBytesMax = 1024
    /// Characters of a signature, which has 256 bits, and those that it may end with: the last stands for four
    /// bits, and two that are zero.
    private static let signatureLength = 43
    private static let signatureEnds = "AEIMQUYcgkosw048"
    /// The times in seconds since 1970 that a token may tell.
    private static let seconds = 0...BookingLimits.counts.upperBound / 1_000_000
    /// How many verified tokens are remembered, so that a busy client's is not verified each time.
    static let verifiedMax = 20_000

    private struct Verified {
        let principal: Principal
        /// What was known of ended sessions when this one was looked up there.
        var version: UInt64
    }

    /// A token that is looked up, found by the end of its signature: there is chance enough in that, and a
    /// token has hundreds of bytes.
    private struct Token: Hashable, Sendable {
        private static let hashedBytes = 16

        let text: String

        func hash(into hasher: inout Hasher) {
            // SAFETY: the bytes are looked at only here.
            text.utf8.suffix(Self.hashedBytes).withContiguousStorageIfAvailable {
                hasher.combine(bytes: UnsafeRawBufferPointer($0))
            }
        }
    }

    /// For issuing; the collection is an actor.
    private let keys: JWTKeyCollection
    /// The same key and those before and after it, for verifying: at once, where the token is read.
    ///
    /// All tokens name the same key id, which older versions demand, so they are tried in turn.
    private let verifying: [SymmetricKey]
    private let lifetime: Duration
    private let revoked: RevokedSessions
    private let random: @Sendable () -> UInt64
    private let verified = Mutex(
        RecentCache<Token, Verified>(capacity: SessionTokens.verifiedMax))

    /// Tokens live for `lifetime`; `random` makes their ids.
    init(
        keys secrets: SecretKeys, lifetime: Duration, revoked: RevokedSessions,
        random: @escaping @Sendable () -> UInt64
    ) async {
        keys = JWTKeyCollection()
        verifying = secrets.tokens.all
        self.lifetime = lifetime
        self.revoked = revoked
        self.random = random
        await keys.add(
            hmac: HMACKey(key: secrets.tokens.first), digestAlgorithm: .sha256,
            kid: JWKIdentifier(string: Self.keyID))
    }

    /// A new token of `user`, whose password is of that generation, and when it ends.
    func issue(to user: User, generation: Int, at now: Instant) async throws -> (
        token: String, expiresAt: Instant
    ) {
        // Tokens count in whole seconds.
        let issuedAt = now.microsecondsSinceEpoch / 1_000_000
        let expiresAt = issuedAt + lifetime.components.seconds
        let session = SessionID(bits: UInt128(random()) << 64 | UInt128(random()))
        let claims = SessionClaims(
            iss: IssuerClaim(value: Self.issuer), aud: AudienceClaim(value: [Self.audience]),
            sub: SubjectClaim(value: user.id.description), role: user.role.rawValue,
            iat: issuedAt, exp: expiresAt, jti: session.description, gen: generation)
        let token = try await keys.sign(claims, kid: JWKIdentifier(string: Self.keyID))
        return (token, Instant(microsecondsSinceEpoch: expiresAt * 1_000_000))
    }

    /// Whose token this is; refuses one that is forged, foreign, expired, ended or not a token at all.
    func verify(_ token: String, at now: Instant) throws(Refusal) -> Principal {
        if let principal = verified(token, at: now) { return principal }
        guard token.utf8.count <= Self.tokenBytesMax, Self.isAsIssued(token) else {
            throw Refusal.invalidToken
        }
        let principal = try read(token)
        // Before the look-up: what is revoked meanwhile makes for another one.
        let version = revoked.version
        guard now < principal.expiresAt, !revoked.revokes(principal) else {
            throw Refusal.expiredToken
        }
        verified.withLock {
            $0.insert(Verified(principal: principal, version: version), for: Token(text: token))
        }
        return principal
    }

    /// Changes whenever a session may have been ended.
    var endings: UInt64 { revoked.version }

    /// Whether the session is over by now; `endings` is what it was when its token was verified.
    func isOver(_ principal: Principal, at now: Instant, since endings: UInt64) -> Bool {
        now >= principal.expiresAt || endings != revoked.version && revoked.revokes(principal)
    }

    /// Whose token this is, when it was verified of late and is still valid; `nil` says nothing.
    func verified(_ token: String, at now: Instant) -> Principal? {
        let (version, key) = (revoked.version, Token(text: token))
        guard let known = verified.withLock({ $0.value(for: key) }),
            now < known.principal.expiresAt
        else { return nil }
        if known.version == version { return known.principal }
        let isRevoked = revoked.revokes(known.principal)
        verified.withLock { verified in
            if isRevoked {
                verified.remove(key)
            } else {
                verified.update(key) { $0.version = max($0.version, version) }
            }
        }
        return isRevoked ? nil : known.principal
    }

    /// Whether a token is written as tokens are (RFC 7515): the library takes other characters for those of
    /// base64url, and passes over the bits that are left at the end of the signature.
    private static func isAsIssued(_ token: String) -> Bool {
        let signature = token.utf8.reversed().prefix { $0 != UInt8(ascii: ".") }
        return signature.count == signatureLength
            && signature.first.map { signatureEnds.utf8.contains($0) } == true
            && token.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
                    UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }

    private func read(_ token: String) throws(Refusal) -> Principal {
        let claims = try claims(of: Array(token.utf8))
        guard claims.iss.value == Self.issuer, claims.aud.value == [Self.audience],
            let user = UserID(claims.sub.value), let role = UserRole(rawValue: claims.role),
            Self.seconds.contains(claims.iat), Self.seconds.contains(claims.exp),
            claims.iat <= claims.exp, let session = claims.session ?? SessionID(signatureOf: token)
        else { throw Refusal.invalidToken }
        return Principal(
            user: user, role: role, session: session, generation: claims.gen,
            issuedAt: Instant(microsecondsSinceEpoch: claims.iat * 1_000_000),
            expiresAt: Instant(microsecondsSinceEpoch: claims.exp * 1_000_000))
    }

    /// What a token says that is signed with one of our keys.
    private func claims(of token: [UInt8]) throws(Refusal) -> SessionClaims {
        guard let parsed = try? DefaultJWTParser().parse(token, as: SessionClaims.self),
            parsed.header.alg == Self.algorithm, parsed.header.kid == Self.keyID,
            parsed.header.crit == nil, let signed = token.lastIndex(of: UInt8(ascii: ".")),
            verifying.contains(where: { key in
                HMAC<SHA256>.isValidAuthenticationCode(
                    parsed.signature, authenticating: token[..<signed], using: key)
            })
        else { throw Refusal.invalidToken }
        return parsed.payload
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
    let jti: String?
    let gen: Int?

    /// The claims are judged by ``SessionTokens``, which is told the time.
    func verify(using algorithm: some JWTAlgorithm) {}

    fileprivate var session: SessionID? { jti.flatMap { SessionID($0) } }
}

extension SessionID {
    /// The id of a token without one: what its signature begins with.
    fileprivate init?(signatureOf token: String) {
        guard let signature = token.split(separator: ".").last, signature.utf8.count >= 22 else {
            return nil
        }
        let text = signature.prefix(22).replacing("-", with: "+").replacing("_", with: "/")
        guard let bytes = Data(base64Encoded: text + "=="), bytes.count >= 16 else { return nil }
        self.init(bytes: bytes.prefix(16))
    }
}
