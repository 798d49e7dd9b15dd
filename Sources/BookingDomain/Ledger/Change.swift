/// What a command that asked to change a booking came to.
package struct Change: Hashable, Sendable {
    package let command: CommandID
    package let event: EventID
    package let booking: BookingKey
    /// The command's place in the event's line.
    package let sequence: Int64
    /// Why it was refused; `nil` when it was applied.
    package let refusal: Refusal?

    package init(
        command: CommandID, event: EventID, booking: BookingKey, sequence: Int64,
        refusal: Refusal?
    ) {
        self.command = command
        self.event = event
        self.booking = booking
        self.sequence = sequence
        self.refusal = refusal
    }

    /// Why a change is refused.
    package enum Refusal: String, Error, CaseIterable {
        /// The booking is in no state that can be confirmed.
        case notConfirmable = "not_confirmable"
        /// The hold is over, and its tickets went to others.
        case holdExpired = "hold_expired"
        /// The booking is not held, or cannot be held any longer.
        case notExtendable = "not_extendable"
        /// The booking is in no state that can be cancelled.
        case notCancellable = "not_cancellable"
        /// There is no such booking: it never reached the line.
        case noBooking = "no_booking"
        /// The command could not be read.
        case undecodable
    }
}

/// Says which change is meant: its command's id, and the event in whose line it stands.
package struct ChangeReference: Hashable, Sendable {
    package let event: EventID
    package let command: CommandID

    package init(event: EventID, command: CommandID) {
        self.event = event
        self.command = command
    }
}

extension Change {
    package var reference: ChangeReference { ChangeReference(event: event, command: command) }
}
