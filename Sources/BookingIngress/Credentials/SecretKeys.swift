import BookingDomain
import Crypto

/// The keys derived from the one secret of an installation, each for one use (HKDF, RFC 5869).
///
/// Whoever has one of them learns nothing of the other, nor of the secret.
package struct SecretKeys: Sendable {
    /// The fewest bytes of a secret.
    package static let secretBytesMin = 32

    /// Signs session tokens.
    let token: SymmetricKey
    /// Derives booking keys and authenticates booking ids.
    let booking: SymmetricKey
    /// Names the budgets of e-mail addresses without naming the addresses.
    let rateLimits: SymmetricKey

    /// `nil` for a secret shorter than ``secretBytesMin``.
    init?(secret: [UInt8]) {
        guard secret.count >= Self.secretBytesMin else { return nil }
        let secret = SymmetricKey(data: secret)
        func derived(for use: String) -> SymmetricKey {
            HKDF<SHA256>.deriveKey(
                inputKeyMaterial: secret, info: Array("boxoffice \(use)".utf8), outputByteCount: 32)
        }
        token = derived(for: "session token v1")
        booking = derived(for: "booking id v1")
        rateLimits = derived(for: "rate limit key v1")
    }
}

/// HMAC-SHA-256 for the identity rules of the domain.
struct HMACAuthenticator: MessageAuthenticator {
    /// Has taken in the key already, which is half of the work for a short message.
    private let keyed: HMAC<SHA256>

    init(key: SymmetricKey) { keyed = HMAC(key: key) }

    func authenticationCode(for message: [UInt8]) -> [UInt8] {
        var code = keyed
        code.update(data: message)
        return Array(code.finalize())
    }
}
