package import Crypto

/// Secrets for one use that take turns: the first makes what is new, and with the others what they made is still
/// known, until they are dropped.
package struct SecretList: Hashable, Sendable {
    /// The most secrets of a list: each of them may be tried for what none of them made.
    package static let secretsMax = 4
    /// The fewest bytes of a secret.
    package static let secretBytesMin = 32

    /// The secret that is used for what is new.
    package let first: [UInt8]
    /// Those that were used before, or will be later.
    package let others: [[UInt8]]

    /// `nil` unless these are one to four secrets, each once and long enough.
    package init?(_ secrets: [[UInt8]]) {
        guard let first = secrets.first, secrets.count <= Self.secretsMax,
            Set(secrets).count == secrets.count,
            secrets.allSatisfy({ $0.count >= Self.secretBytesMin })
        else { return nil }
        self.first = first
        others = Array(secrets.dropFirst())
    }

    /// A list of one.
    package init?(_ secret: [UInt8]) { self.init([secret]) }

    /// The keys for one use that the secrets yield, in their order (HKDF, RFC 5869).
    ///
    /// Whoever has one of them learns nothing of the keys for other uses, nor of the secret.
    package func keys(for use: String) -> KeyList {
        KeyList(
            first: Self.key(from: first, for: use),
            others: others.map { Self.key(from: $0, for: use) })
    }

    private static func key(from secret: [UInt8], for use: String) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: secret), info: Array("boxoffice \(use)".utf8),
            outputByteCount: 32)
    }
}

/// Keys for one use that take turns, as their secrets do.
package struct KeyList: Sendable {
    package let first: SymmetricKey
    package let others: [SymmetricKey]

    /// All of them, the one for what is new first.
    package var all: [SymmetricKey] { [first] + others }
}
