/// Something asked of an event.
package struct Command: Hashable, Sendable {
    package enum Body: Hashable, Sendable {
        /// Book a basket, or hold it if `holding`.
        case book(Basket, holding: Bool)
        /// A request to book that could not be read: it fails for good, in its place in the line.
        case undecodable
        case change(Verb, of: BookingKey)
        /// Expire the held bookings that are due by this time, which is the database's.
        case tick(Instant)
    }

    /// What can be asked of a booking.
    package enum Verb: Hashable, Sendable, CaseIterable {
        case confirm
        /// It is being paid for: a confirmation follows.
        case pay
        case extend
        case cancel
        /// A request that could not be read: it is refused, in its place in the line.
        case undecodable

        package var kind: CommandKind? {
            switch self {
            case .confirm: .confirm
            case .pay: .pay
            case .extend: .extend
            case .cancel: .cancel
            case .undecodable: nil
            }
        }
    }

    package let id: CommandID
    package let event: EventID
    /// Who asks; absent when that could not be read, and for ticks.
    package let actor: UserID?
    /// When the ingress accepted it; absent when that could not be read.
    package let acceptedAt: Instant?
    package let body: Body

    package init(
        id: CommandID, event: EventID, actor: UserID?, acceptedAt: Instant?, body: Body
    ) {
        self.id = id
        self.event = event
        self.actor = actor
        self.acceptedAt = acceptedAt
        self.body = body
    }

    /// A request to book a basket.
    package static func book(
        _ basket: Basket, holding: Bool = false, as key: BookingKey, of event: EventID,
        by user: UserID, at acceptedAt: Instant
    ) -> Command {
        Command(
            id: CommandID(key), event: event, actor: user, acceptedAt: acceptedAt,
            body: .book(basket, holding: holding))
    }

    /// A request to book that could not be read any further.
    package static func undecodable(
        _ key: BookingKey, of event: EventID, by user: UserID?
    ) -> Command {
        Command(
            id: CommandID(key), event: event, actor: user, acceptedAt: nil, body: .undecodable)
    }

    /// A tick with the database's time.
    package static func tick(_ event: EventID, at time: Instant) -> Command {
        Command(
            id: CommandID(bits: 0), event: event, actor: nil, acceptedAt: time, body: .tick(time))
    }

    /// The booking it is about; a tick is about many.
    package var booking: BookingKey? {
        switch body {
        case .book, .undecodable: BookingKey(bits: id.bits)
        case .change(_, let booking): booking
        case .tick: nil
        }
    }

    /// Its kind in messages; `nil` for what could not be read.
    package var kind: CommandKind? {
        switch body {
        case .book(_, let holding): holding ? .hold : .book
        case .change(let verb, _): verb.kind
        case .tick: .tick
        case .undecodable: nil
        }
    }

    /// What the ledger must be told before the command is applied.
    package var need: Need {
        switch body {
        case .book, .undecodable: .booking(BookingKey(bits: id.bits))
        case .change(_, let booking): .change(id, of: booking)
        case .tick(let time): .due(time)
        }
    }
}

/// What a ledger must be told before a command is applied.
package enum Need: Hashable, Sendable {
    /// The booking, if it was decided before. As a rule it was not, and the database refuses it otherwise.
    case booking(BookingKey)
    /// The booking, and what the same command came to before.
    case change(CommandID, of: BookingKey)
    /// The held bookings that are due by that time.
    case due(Instant)
}

extension Command {
    /// Whether it may take tickets, so that limits count.
    package var takesTickets: Bool {
        switch body {
        case .book, .change(.confirm, _): true
        case .change(.pay, _), .change(.extend, _), .change(.cancel, _), .change(.undecodable, _),
            .undecodable, .tick:
            false
        }
    }
}
