/// The rules of one event's sale: applies commands in order and keeps the counts.
///
/// A value: a batch is decided on a copy, and the copy is kept only once the batch is committed.
/// Replaying the same commands on the same opening state gives the same outcomes.
package struct EventLedger: Sendable {
    package let event: EventID
    package private(set) var status: EventStatus
    /// From when on nothing is sold any more.
    private let overAt: Instant
    /// When the last command was applied; time never goes back in a line, whatever the clocks do.
    private var lastAppliedAt: Instant?
    /// The version of the event's row that decisions are made on.
    package private(set) var version: Int64
    /// The sequence of the last command applied.
    package private(set) var sequence: Int64
    package private(set) var ticketTypes: [TicketTypeNumber: TicketType]

    /// Bookings already decided, as far as the commands at hand may repeat them.
    private var decided: [BookingKey: Booking] = [:]
    /// Tickets each user had of each limited type, as far as the commands at hand may ask for more.
    private var taken: [Allowance: Int] = [:]
    /// Tickets of limited types that users were granted since.
    package private(set) var granted: [Allowance: Int] = [:]

    /// The ledger of an event as it is stored, whose last command was applied at `lastAppliedAt`.
    package init(_ event: Event, lastAppliedAt: Instant? = nil) {
        self.event = event.id
        status = event.status
        overAt = event.overAt
        self.lastAppliedAt = lastAppliedAt
        version = event.version
        sequence = event.sequence
        ticketTypes = Dictionary(
            event.ticketTypes.map { ($0.number, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Whether some ticket type limits what one user may have, so that ``recall(taken:by:of:)`` is needed.
    package var limitsUsers: Bool { ticketTypes.values.contains { $0.maxPerUser != nil } }

    /// Tells the ledger of a booking decided earlier, so that its command is known when it comes again.
    package mutating func recall(_ booking: Booking) {
        decided[booking.key] = booking
    }

    /// Tells the ledger how many tickets of a type a user already has.
    package mutating func recall(taken: Int, by user: UserID, of ticketType: TicketTypeNumber) {
        self.taken[Allowance(user: user, ticketType: ticketType)] = taken
    }

    /// Whether the ledger was told, or has decided itself, what a command came to.
    package func knows(_ key: BookingKey) -> Bool { decided[key] != nil }

    /// Decides `command`.
    ///
    /// The first time it gets the next sequence and a lasting outcome; when it comes again it gets
    /// the outcome it had.
    package mutating func apply(_ command: Command, at now: Instant) -> Application {
        if let booking = decided[command.key] { return .repeated(booking) }
        sequence += 1
        let now = max(now, lastAppliedAt ?? now)
        lastAppliedAt = now
        let booking =
            switch command {
            case .book(let command): book(command, at: now)
            case .undecodable(let command): fail(command, at: now)
            }
        decided[booking.key] = booking
        return .decided(booking)
    }

    /// The ledger after its batch was committed: at the next version.
    func committed() -> EventLedger {
        var ledger = forgotten()
        ledger.version += 1
        return ledger
    }

    /// The ledger with nothing left in memory of single commands and users.
    func forgotten() -> EventLedger {
        var ledger = self
        ledger.decided = [:]
        ledger.taken = [:]
        ledger.granted = [:]
        return ledger
    }

    private mutating func book(_ command: BookCommand, at now: Instant) -> Booking {
        let reason = objection(to: command, at: now)
        if reason == nil {
            for item in command.basket.items {
                ticketTypes[item.ticketType]?.stock.confirm(item.quantity)
                guard ticketTypes[item.ticketType]?.maxPerUser != nil else { continue }
                granted[Allowance(user: command.user, ticketType: item.ticketType), default: 0] +=
                    item.quantity.rawValue
            }
        }
        return Booking(
            key: command.key, event: event, user: command.user, basket: command.basket,
            status: reason == nil ? .confirmed : .rejected, reason: reason, sequence: sequence,
            createdAt: command.submittedAt, decidedAt: now)
    }

    /// What stands against booking the whole basket, or `nil`.
    private func objection(to command: BookCommand, at now: Instant) -> Reason? {
        guard status == .onSale, now < overAt else { return .eventClosed }
        var soldOut = false
        var limitExceeded = false
        for item in command.basket.items {
            guard let type = ticketTypes[item.ticketType] else { return .unknownTicketType }
            if let limit = type.maxPerUser {
                let has = taken(by: command.user, of: item.ticketType)
                if has + item.quantity.rawValue > limit { limitExceeded = true }
            }
            if !type.stock.has(item.quantity) { soldOut = true }
        }
        return limitExceeded ? .limitExceeded : soldOut ? .soldOut : nil
    }

    /// How many tickets of a limited type a user has, as far as the ledger was told or decided itself.
    package func taken(by user: UserID, of ticketType: TicketTypeNumber) -> Int {
        let allowance = Allowance(user: user, ticketType: ticketType)
        return taken[allowance, default: 0] + granted[allowance, default: 0]
    }

    private func fail(_ command: UndecodableCommand, at now: Instant) -> Booking {
        Booking(
            key: command.key, event: event, user: command.user, basket: nil, status: .failed,
            reason: .undecodable, sequence: sequence, createdAt: now, decidedAt: now)
    }
}

/// What applying a command came to.
package enum Application: Hashable, Sendable {
    /// The command was new; this is its first and lasting decision.
    case decided(Booking)
    /// The command had been decided before; this is what it came to then.
    case repeated(Booking)
}
