/// A command as it was applied: its place in the line, and what it came to.
///
/// It never changes. Replaying an event's entries in their order gives every booking and the stock again.
package struct Entry: Hashable, Sendable {
    package enum Body: Hashable, Sendable {
        /// A request to book a basket, or to hold it if `holding`.
        case book(Basket, holding: Bool, Decision)
        /// A request to book that could not be read.
        case undecodable
        /// A request to change a booking.
        case change(Command.Verb, of: BookingKey, Resolution)
        /// These bookings, due by `dueAt`, expired; in the order in which they were due.
        ///
        /// With `more` not all of them fitted, and the next entry continues.
        case expire([BookingKey], dueAt: Instant, more: Bool)
    }

    /// What a request to book came to.
    package enum Decision: Hashable, Sendable {
        case confirmed
        case held(Hold)
        case rejected(Reason)
    }

    /// What a change came to.
    package enum Resolution: Hashable, Sendable {
        /// It was applied; the hold as it is now, if the booking is still held.
        case applied(Hold?)
        case refused(Change.Refusal)
    }

    package let sequence: Int64
    /// When it was applied, by the database's clock: the time of its batch.
    package let at: Instant
    package let command: CommandID
    /// When the ingress accepted the command; absent when that could not be read.
    package let acceptedAt: Instant?
    package let body: Body

    package init(
        sequence: Int64, at: Instant, command: CommandID, acceptedAt: Instant?, body: Body
    ) {
        self.sequence = sequence
        self.at = at
        self.command = command
        self.acceptedAt = acceptedAt
        self.body = body
    }

    /// The most bookings that one entry changes.
    package static let bookingsMax = 500

    /// The hold that the entry gave the booking, if it did.
    package var hold: Hold? {
        switch body {
        case .book(_, _, .held(let hold)): hold
        case .change(_, _, .applied(let hold)): hold
        case .book, .undecodable, .change, .expire: nil
        }
    }
}
