/// A booking's public id, which carries all that was asked and is bound to its buyer.
///
/// Layout, in base64url without padding:
///
///     key 16 | event 16 | flags and item count, 4 bits each | items 2 each (number, quantity)
///         | what flags announce | tag 16
///
/// The tag authenticates everything before it together with the buyer. So any instance can tell
/// *pending* from *never issued* and *yours* from *not yours*, and can say what a pending booking
/// asks for, without a look-up anywhere. The basket inside is the fingerprint of the body: the same
/// key with another basket, or other flags, makes another id. What flags announce is another version's to
/// read; any version verifies it and gives it back as it came.
package struct BookingID: Hashable, Sendable {
    package let key: BookingKey
    package let event: EventID
    package let basket: Basket
    /// What was asked for besides the basket.
    package let flags: Flags
    /// What stands between the items and the tag, unread.
    private let announced: [UInt8]
    /// The 16 bytes that bind the id to its buyer.
    private let tag: HalvedBits

    /// The longest an id may be in any version, in characters.
    package static let charactersMax = 128
    static let tagBytes = 16
    private static let headBytes = 33

    /// What a booking asks for besides its basket; four bits.
    package struct Flags: OptionSet, Hashable, Sendable {
        package static let hold = Flags(rawValue: 1)
        package static let waitlist = Flags(rawValue: 2)
        /// Other baskets follow the items.
        package static let alternatives = Flags(rawValue: 4)

        package let rawValue: UInt8

        package init(rawValue: UInt8) { self.rawValue = rawValue & 0x0F }
    }

    /// The booking that it is the id of.
    package var reference: BookingReference { BookingReference(event: event, key: key) }

    /// Issues the id of `user`'s booking.
    package init(
        key: BookingKey, event: EventID, basket: Basket, flags: Flags = [], announced: [UInt8] = [],
        user: UserID, authenticator: some MessageAuthenticator
    ) {
        self.key = key
        self.event = event
        self.basket = basket
        self.flags = flags
        self.announced = announced
        tag = Self.tag(
            key: key, event: event, basket: basket, flags: flags, announced: announced, user: user,
            authenticator: authenticator)
    }

    /// Reads an id back; `nil` when it is not of the shape.
    ///
    /// ``isIssued(to:by:)`` tells whether it is genuine.
    package init?(_ text: some StringProtocol) {
        guard text.utf8.count <= Self.charactersMax, let bytes = Base64URL.decode(text),
            bytes.count > Self.headBytes + Self.tagBytes
        else { return nil }
        let itemsEnd = Self.headBytes + 2 * Int(bytes[Self.headBytes - 1] & 0x0F)
        let tagStart = bytes.count - Self.tagBytes
        flags = Flags(rawValue: bytes[Self.headBytes - 1] >> 4)
        guard itemsEnd <= tagStart, itemsEnd == tagStart || flags.contains(.alternatives),
            let basket = Basket(packed: Array(bytes[Self.headBytes..<itemsEnd]))
        else { return nil }
        announced = Array(bytes[itemsEnd..<tagStart])
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
            key: key, event: event, basket: basket, flags: flags, announced: announced, user: user,
            authenticator: authenticator)
        return expected.joined ^ tag.joined == 0
    }

    private static func appendPayload(
        key: BookingKey, event: EventID, basket: Basket, flags: Flags, announced: [UInt8],
        to bytes: inout [UInt8]
    ) {
        key.appendBytes(to: &bytes)
        event.appendBytes(to: &bytes)
        bytes.append(flags.rawValue << 4 | UInt8(basket.items.count))
        basket.appendPacked(to: &bytes)
        bytes += announced
    }

    private static func tag(
        key: BookingKey, event: EventID, basket: Basket, flags: Flags, announced: [UInt8],
        user: UserID, authenticator: some MessageAuthenticator
    ) -> HalvedBits {
        var message = Array("booking id v1".utf8)
        message.reserveCapacity(
            message.count + 16 + headBytes + 2 * basket.items.count + announced.count)
        user.appendBytes(to: &message)
        appendPayload(
            key: key, event: event, basket: basket, flags: flags, announced: announced,
            to: &message)
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
        bytes.reserveCapacity(
            Self.headBytes + 2 * basket.items.count + announced.count + Self.tagBytes)
        Self.appendPayload(
            key: key, event: event, basket: basket, flags: flags, announced: announced, to: &bytes)
        tag.appendBytes(to: &bytes)
        Base64URL.append(bytes, to: &text)
    }
}
