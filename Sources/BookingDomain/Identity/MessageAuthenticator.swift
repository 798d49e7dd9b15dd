/// A keyed hash, such as HMAC-SHA-256, that the shell lends to the identity rules.
package protocol MessageAuthenticator: Sendable {
    /// The 32 bytes that only a holder of the key can compute for `message`.
    func authenticationCode(for message: [UInt8]) -> [UInt8]
}
