import BookingDomain
package import Crypto

/// HMAC-SHA-256 for the identity rules of the domain.
package struct HMACAuthenticator: MessageAuthenticator {
    /// Has taken in the key already, which is half of the work for a short message.
    private let keyed: HMAC<SHA256>

    package init(key: SymmetricKey) { keyed = HMAC(key: key) }

    package func authenticationCode(for message: [UInt8]) -> [UInt8] {
        var code = keyed
        code.update(data: message)
        return Array(code.finalize())
    }

    /// The code of a message that is given in two parts.
    func authenticationCode(for head: [UInt8], _ body: [UInt8]) -> [UInt8] {
        var code = keyed
        code.update(data: head)
        code.update(data: body)
        return Array(code.finalize())
    }
}
