/// A command's id: unique within its event, so that a command that comes again is known.
///
/// A `book` command has its booking's key. What changes a booking later has an id that is derived from the
/// booking, what is asked, and the idempotency key, so that the same request sent again is the same command.
package struct CommandID: UUIDIdentifier {
    private let halves: HalvedBits

    package var bits: UInt128 { halves.joined }

    package init(bits: UInt128) { halves = HalvedBits(bits) }

    /// The id of the command that makes a booking.
    package init(_ booking: BookingKey) { self.init(bits: booking.bits) }

    /// Derives the id of a change.
    /// - Parameters:
    ///   - booking: The booking that is to be changed.
    ///   - kind: What is asked.
    ///   - idempotencyKey: Tells one request from another of its kind; without one there is one a booking.
    ///   - authenticator: Keeps outsiders from computing the ids of other people's commands.
    package init(
        changing booking: BookingKey, _ kind: CommandKind, idempotencyKey: IdempotencyKey?,
        authenticator: some MessageAuthenticator
    ) {
        var message = Array("booking change v1".utf8)
        booking.appendBytes(to: &message)
        message.append(UInt8(kind.rawValue.utf8.count))
        message += kind.rawValue.utf8
        if let idempotencyKey { message += idempotencyKey.text.utf8 }
        let derived = Self(bytes: authenticator.authenticationCode(for: message))
        self.init(bits: derived.bits.stamped(version: 8, shard: booking.shard))
    }
}
