/// A booking's key, a UUIDv8 derived from who asks for which event under which idempotency key.
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
        let message =
            Array("booking key v1".utf8) + user.bytes + event.bytes
            + Array(idempotencyKey.text.utf8)
        let digest = authenticator.authenticationCode(for: message)
        let derived = digest.prefix(16).reduce(UInt128(0)) { $0 << 8 | UInt128($1) }
        self.init(bits: derived.stamped(version: 8, shard: event.shard))
    }

    package var shard: ShardNumber { ShardNumber(in: self) }
}
