package import BookingDomain
import Crypto

/// The codes by which a worker knows that a message was published by an ingress, or by an operator.
///
/// A code is of the message's type, the event in whose line it stands, and its body: what stands in one line
/// cannot be put into another, nor read as something else.
package struct CommandAuthenticator: Sendable {
    /// The bytes of a code.
    package static let codeBytes = 32
    /// What is authenticated begins so, and so does no other message under one of our keys.
    private static let use = "command v1"

    private let signing: HMACAuthenticator
    private let others: [HMACAuthenticator]

    package init(_ secrets: SecretList) {
        let keys = secrets.keys(for: Self.use)
        signing = HMACAuthenticator(key: keys.first)
        others = keys.others.map { HMACAuthenticator(key: $0) }
    }

    /// The code that a message is published with.
    package func code(type: String, event: EventID, body: [UInt8]) -> [UInt8] {
        signing.authenticationCode(for: Self.head(type: type, event: event), body)
    }

    /// Whether a message was published with one of the secrets.
    ///
    /// Compares in constant time.
    package func isValid(_ code: [UInt8], type: String?, event: EventID, body: [UInt8]) -> Bool {
        guard let type, code.count == Self.codeBytes else { return false }
        let head = Self.head(type: type, event: event)
        return Self.equals(code, signing.authenticationCode(for: head, body))
            || others.contains { Self.equals(code, $0.authenticationCode(for: head, body)) }
    }

    /// All that is authenticated before the body, of which the type's length tells the parts apart.
    private static func head(type: String, event: EventID) -> [UInt8] {
        var head = Array(use.utf8)
        head.reserveCapacity(head.count + 18 + type.utf8.count)
        head.append(UInt8(truncatingIfNeeded: type.utf8.count >> 8))
        head.append(UInt8(truncatingIfNeeded: type.utf8.count))
        head += type.utf8
        event.appendBytes(to: &head)
        return head
    }

    private static func equals(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count && zip(left, right).reduce(into: 0) { $0 |= $1.0 ^ $1.1 } == 0
    }
}
