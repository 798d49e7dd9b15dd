/// A booking's public id, which carries all that was asked and is bound to its buyer.
///
/// Layout, in base64url without padding:
///
///     key 16 | event 16 | flags and item count 1 | items 2 each (number, quantity) | tag 16
///
/// The tag authenticates everything before it together with the buyer. So any instance can tell
/// *pending* from *never issued* and *yours* from *not yours*, and can say what a pending booking
/// asks for, without a look-up anywhere. The basket inside is the fingerprint of the body: the same
/// key with another basket makes another id.
package struct BookingID: Hashable, Sendable {
    package let key: BookingKey
    package let event: EventID
    package let basket: Basket
    /// The 16 bytes that bind the id to its buyer.
    private let tag: HalvedBits

    static let tagBytes = 16
    private static let headBytes = 33

    /// Issues the id of `user`'s booking.
    package init(
        key: BookingKey, event: EventID, basket: Basket, user: UserID,
        authenticator: some MessageAuthenticator
    ) {
        self.key = key
        self.event = event
        self.basket = basket
        tag = Self.tag(
            key: key, event: event, basket: basket, user: user, authenticator: authenticator)
    }

    /// Reads an id back; `nil` when it is not of the shape.
    ///
    /// Whose it is, ``isIssued(to:by:)`` tells.
    package init?(_ text: some StringProtocol) {
        guard text.utf8.count <= 128, let bytes = Base64URL.decode(text),
            bytes.count > Self.headBytes + Self.tagBytes
        else { return nil }
        let items = bytes[Self.headBytes..<(bytes.count - Self.tagBytes)]
        guard bytes[32] == UInt8(items.count / 2), items.count.isMultiple(of: 2),
            let basket = Basket(packed: Array(items))
        else { return nil }
        key = BookingKey(bytes: bytes[0..<16])
        event = EventID(bytes: bytes[16..<32])
        self.basket = basket
        tag = HalvedBits(bytes: bytes.suffix(Self.tagBytes))
        guard key.shard == event.shard else { return nil }
    }

    /// Whether this id was issued, and to `user`.
    ///
    /// Compares in constant time.
    package func isIssued(to user: UserID, by authenticator: some MessageAuthenticator) -> Bool {
        let expected = Self.tag(
            key: key, event: event, basket: basket, user: user, authenticator: authenticator)
        return expected.joined ^ tag.joined == 0
    }

    private static func appendPayload(
        key: BookingKey, event: EventID, basket: Basket, to bytes: inout [UInt8]
    ) {
        key.appendBytes(to: &bytes)
        event.appendBytes(to: &bytes)
        bytes.append(UInt8(basket.items.count))
        basket.appendPacked(to: &bytes)
    }

    private static func tag(
        key: BookingKey, event: EventID, basket: Basket, user: UserID,
        authenticator: some MessageAuthenticator
    ) -> HalvedBits {
        var message = Array("booking id v1".utf8)
        message.reserveCapacity(message.count + 16 + headBytes + 2 * basket.items.count)
        user.appendBytes(to: &message)
        appendPayload(key: key, event: event, basket: basket, to: &message)
        return HalvedBits(bytes: authenticator.authenticationCode(for: message))
    }
}

extension BookingID: CustomStringConvertible {
    package var description: String {
        var text: [UInt8] = []
        append(to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// Appends the id's text in ASCII.
    package func append(to text: inout [UInt8]) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.headBytes + 2 * basket.items.count + Self.tagBytes)
        Self.appendPayload(key: key, event: event, basket: basket, to: &bytes)
        tag.appendBytes(to: &bytes)
        Base64URL.append(bytes, to: &text)
    }
}
