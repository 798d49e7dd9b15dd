import BookingDomain
import BookingKeys

/// Gives bookings their keys and ids, and knows the ids that were given out.
struct BookingIdentity: Sendable {
    private let keys: HMACAuthenticator
    private let issuing: HMACAuthenticator
    /// Of ids that were given out under another secret.
    private let others: [HMACAuthenticator]

    init(_ secrets: SecretKeys) {
        keys = HMACAuthenticator(key: secrets.bookings)
        issuing = HMACAuthenticator(key: secrets.ids.first)
        others = secrets.ids.others.map { HMACAuthenticator(key: $0) }
    }

    /// The key of what a user asks for: the same whenever it is asked for again.
    func key(user: UserID, event: EventID, idempotencyKey: IdempotencyKey) -> BookingKey {
        BookingKey(
            user: user, event: event, idempotencyKey: idempotencyKey, authenticator: keys)
    }

    /// The id of a user's booking.
    func id(
        of key: BookingKey, event: EventID, basket: Basket, flags: BookingID.Flags = [],
        user: UserID
    ) -> BookingID {
        BookingID(
            key: key, event: event, basket: basket, flags: flags, user: user,
            authenticator: issuing)
    }

    /// The id of a change to a booking: the same whenever it is asked for again.
    func change(
        of booking: BookingID, _ verb: Command.Verb, idempotencyKey: IdempotencyKey?
    ) -> ChangeID {
        let command = CommandID(
            changing: booking.key, verb.kind ?? .cancel, idempotencyKey: idempotencyKey,
            authenticator: keys)
        return ChangeID(
            command: command, verb: verb, of: booking.reference, authenticator: issuing)
    }

    /// Whether the id of a change was given out, and for that booking.
    func isIssued(_ change: ChangeID, of booking: BookingID) -> Bool {
        let booking = booking.reference
        return change.isIssued(of: booking, by: issuing)
            || others.contains { change.isIssued(of: booking, by: $0) }
    }

    /// Whether an id was given out, and to `user`.
    func isIssued(_ id: BookingID, to user: UserID) -> Bool {
        id.isIssued(to: user, by: issuing)
            || others.contains { id.isIssued(to: user, by: $0) }
    }
}
