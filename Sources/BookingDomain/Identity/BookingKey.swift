/// A booking's key: a UUIDv8 derived from the user, the event and the idempotency key.
///
/// The same request sent again, to any instance, has the same key and so is the same booking; nothing
/// need be stored to know it. The event's shard is inside, as in ``EventID``.
package struct BookingKey: UUIDIdentifier {
    private let halves: HalvedBits

    package var bits: UInt128 { halves.joined }

    package init(bits: UInt128) { halves = HalvedBits(bits) }

    /// Derives the key; `authenticator` keeps outsiders from computing other people's keys.
    package init(
        user: UserID, event: EventID, idempotencyKey: IdempotencyKey,
        authenticator: some MessageAuthenticator
    ) {
        var message = Array("booking key v1".utf8)
        message.reserveCapacity(message.count + 32 + idempotencyKey.text.utf8.count)
        user.appendBytes(to: &message)
        event.appendBytes(to: &message)
        message += idempotencyKey.text.utf8
        let derived = Self(bytes: authenticator.authenticationCode(for: message))
        self.init(bits: derived.bits.stamped(version: 8, shard: event.shard))
    }

    package var shard: ShardNumber { ShardNumber(in: self) }
}
