package import BookingKeys
import Crypto

/// The secrets of an installation, from which an ingress derives its keys.
package struct IngressSecrets: Sendable {
    /// Sign sessions.
    package let tokens: SecretList
    /// Authenticate booking ids.
    package let ids: SecretList
    /// Derives booking keys.
    ///
    /// It never changes: a request that is sent again would book twice.
    package let bookings: [UInt8]

    /// `nil` when the secret for booking keys is too short.
    package init?(tokens: SecretList, ids: SecretList, bookings: [UInt8]) {
        guard bookings.count >= SecretList.secretBytesMin else { return nil }
        self.tokens = tokens
        self.ids = ids
        self.bookings = bookings
    }

    /// One secret for all of it; `nil` when it is too short.
    package init?(_ secret: [UInt8]) {
        guard let list = SecretList(secret) else { return nil }
        self.init(tokens: list, ids: list, bookings: secret)
    }
}

/// The keys of an ingress, each for one use.
struct SecretKeys: Sendable {
    /// Sign session tokens.
    let tokens: KeyList
    /// Derives booking keys.
    let bookings: SymmetricKey
    /// Authenticate booking ids.
    let ids: KeyList
    /// Names the budgets of e-mail addresses without naming the addresses.
    let rateLimits: SymmetricKey

    init(_ secrets: IngressSecrets) {
        tokens = secrets.tokens.keys(for: "session token v1")
        ids = secrets.ids.keys(for: "booking id v1")
        // Its length was checked. Where one secret does for all, this key is that of the ids.
        let forever = SecretList(secrets.bookings) ?? secrets.ids
        bookings = forever.keys(for: "booking id v1").first
        rateLimits = forever.keys(for: "rate limit key v1").first
    }

    /// Those that one secret for all yields; `nil` when it is too short.
    init?(secret: [UInt8]) {
        guard let secrets = IngressSecrets(secret) else { return nil }
        self.init(secrets)
    }
}
