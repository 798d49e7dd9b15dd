/// The rules of one event's sale: applies commands in order and keeps the counts.
///
/// A value: a batch is decided on a copy, and the copy is kept only once the batch is committed.
/// Replaying the same commands on the same opening state gives the same entries.
package struct EventLedger: Sendable {
    package let event: EventID
    package private(set) var status: EventStatus
    /// When sales end.
    private let overAt: Instant
    /// How long a hold lasts, and how long it lasts at least once it is being paid for.
    let holdTime: Duration
    let paymentGrace: Duration
    /// When the last command was applied.
    ///
    /// Time never goes back within an event, whatever the clocks do.
    private var lastAppliedAt: Instant?
    /// The version of the event's row that decisions are made on.
    package private(set) var version: Int64
    /// The sequence of the last command applied.
    package private(set) var sequence: Int64
    package internal(set) var ticketTypes: [TicketTypeNumber: TicketType]
    /// The time up to which bookings still have to expire, since not all of them fitted in one entry.
    ///
    /// Call ``goOn(at:)`` until this is `nil` before applying anything else.
    package internal(set) var expiringUntil: Instant?
    /// What the current batch's commands need to know and have changed.
    var recollection = Recollection()

    /// The ledger of an event as it is stored, whose last command was applied at `lastAppliedAt`.
    package init(_ event: Event, lastAppliedAt: Instant? = nil) {
        self.event = event.id
        status = event.status
        overAt = event.overAt
        holdTime = .seconds(event.terms.holdSeconds)
        paymentGrace = .seconds(event.terms.paymentGraceSeconds)
        self.lastAppliedAt = lastAppliedAt
        version = event.version
        sequence = event.sequence
        expiringUntil = event.expiringUntil
        ticketTypes = Dictionary(
            event.ticketTypes.map { ($0.number, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Whether some ticket type limits what one user may have, so that ``recall(taken:by:of:)`` is needed.
    package var limitsUsers: Bool { ticketTypes.values.contains { $0.maxPerUser != nil } }

    /// How many more tickets of limited types each user has than when the ledger was last committed, or fewer.
    package var granted: [Allowance: Int] { recollection.granted }

    /// Applies `command`.
    ///
    /// A new command gets the next sequence and an entry that never changes; a repeated one changes nothing.
    /// Tell the ledger what a command needs (``Command/need``) before applying it.
    package mutating func apply(_ command: Command, at now: Instant) -> Application {
        let now = max(now, lastAppliedAt ?? now)
        let application: Application
        switch command.body {
        case .book(let basket, let holding):
            application = book(basket, holding: holding, command, at: now)
        case .undecodable: application = fail(command, at: now)
        case .change(let verb, let booking):
            application = change(booking, verb, command, at: now)
        // No clock but the database's own is believed; the batch's time is it.
        case .tick(let time): application = expire(dueAt: min(time, now), at: now)
        }
        if case .applied = application { lastAppliedAt = now }
        return application
    }

    /// Continues the expiry up to ``expiringUntil``, by one entry.
    package mutating func goOn(at now: Instant) -> Application {
        guard let expiringUntil else { return .nothing }
        let now = max(now, lastAppliedAt ?? now)
        let application = expire(dueAt: expiringUntil, at: now)
        if case .applied = application { lastAppliedAt = now }
        return application
    }

    /// Whether tickets are sold.
    func sells(at now: Instant) -> Bool { status == .onSale && now < overAt }

    /// Makes the next entry, and so gives the command its place in the line.
    mutating func nextEntry(
        of command: CommandID, acceptedAt: Instant?, at now: Instant, _ body: Entry.Body
    ) -> Entry {
        sequence += 1
        return Entry(
            sequence: sequence, at: now, command: command, acceptedAt: acceptedAt, body: body)
    }

    /// The ledger after its batch was committed: at the next version.
    func committed() -> EventLedger {
        var ledger = forgotten()
        ledger.version += 1
        return ledger
    }

    /// The ledger without anything about single bookings, changes and users.
    func forgotten() -> EventLedger {
        var ledger = self
        ledger.recollection = Recollection()
        return ledger
    }
}

/// What applying a command came to.
package enum Application: Hashable, Sendable {
    /// The command was new; this is its first and lasting entry.
    case applied(Entry)
    /// The command had been applied before; ``EventLedger/booking(_:)`` tells where its booking stands, and
    /// ``EventLedger/change(_:)`` what it came to.
    case repeated
    /// There was nothing to do.
    case nothing
}
