/// Replays an event's log: applies it again, entry by entry, and checks that the rules give what it says.
///
/// Begins with the event as it was made. The log does not say which user made a booking, so that is passed in.
/// After the first discrepancy the replay is of no more use: every later entry depends on the earlier ones.
package struct Replay: Sendable {
    /// How an entry contradicts the rules, or the entries before it.
    package enum Discrepancy: Error, Hashable {
        /// Its sequence does not follow the previous entry's, which is given.
        case gap(after: Int64)
        /// Its time is before the previous entry's.
        case timeWentBack
        /// Its command has an entry already.
        case repeated
        /// The user who made the booking was not passed in.
        case buyerUnknown
        /// The rules give this entry instead.
        case decided(Entry)
        /// Nothing was due that could expire.
        case nothingDue
        /// It says that everything due has expired, but this booking is still held.
        case leftOver(BookingKey)
        /// It should have continued the expiry that the previous entry began.
        case interrupted
    }

    private var ledger: EventLedger
    private let buyers: [BookingKey: UserID]
    private var held: Set<BookingKey> = []
    private var lastAppliedAt: Instant?

    /// - Parameters:
    ///   - opening: The event as it was before its first entry.
    ///   - buyers: The user who made each booking; optional for commands that could not be read.
    package init(from opening: Event, buyers: [BookingKey: UserID]) {
        ledger = EventLedger(opening)
        self.buyers = buyers
    }

    /// Where all bookings stand after the entries so far.
    package var bookings: [BookingKey: Booking] { ledger.recollection.bookings }
    /// What all changes came to.
    package var changes: [CommandID: Change] { ledger.recollection.changes }
    /// The ticket types with their stock.
    package var ticketTypes: [TicketTypeNumber: TicketType] { ledger.ticketTypes }
    /// The sequence of the last entry.
    package var sequence: Int64 { ledger.sequence }
    /// Up to when what was due is expiring still.
    package var expiringUntil: Instant? { ledger.expiringUntil }

    /// Applies the next entry.
    package mutating func apply(_ entry: Entry) throws(Discrepancy) {
        guard ledger.sequence + 1 == entry.sequence else { throw .gap(after: ledger.sequence) }
        if let lastAppliedAt, entry.at < lastAppliedAt { throw .timeWentBack }
        lastAppliedAt = entry.at
        let command = try command(of: entry)
        if case .expire(let bookings, let time, let more) = entry.body {
            try expect(bookings.count, dueAt: time, more: more)
        } else if let time = ledger.expiringUntil, !due(at: time).isEmpty {
            throw .interrupted
        }
        switch ledger.apply(command, at: entry.at) {
        case .applied(let decided):
            guard decided == entry else { throw .decided(decided) }
        case .repeated: throw .repeated
        case .nothing: throw .nothingDue
        }
        note(entry)
    }

    private func command(of entry: Entry) throws(Discrepancy) -> Command {
        let body: Command.Body
        var actor: UserID?
        switch entry.body {
        case .book(let basket, let holding, _):
            actor = buyers[BookingKey(bits: entry.command.bits)]
            guard actor != nil else { throw .buyerUnknown }
            body = .book(basket, holding: holding)
        case .undecodable:
            actor = buyers[BookingKey(bits: entry.command.bits)]
            body = .undecodable
        case .change(let verb, let booking, _): body = .change(verb, of: booking)
        case .expire(_, let time, _): body = .tick(time)
        }
        return Command(
            id: entry.command, event: ledger.event, actor: actor, acceptedAt: entry.acceptedAt,
            body: body)
    }

    /// Tells the ledger which `count` bookings are due first.
    ///
    /// How many expired in one entry depended on what else was in the batch. Which come first does not.
    private mutating func expect(
        _ count: Int, dueAt time: Instant, more: Bool
    ) throws(Discrepancy) {
        let due = due(at: time)
        if !more, count < due.count { throw .leftOver(due[count].key) }
        ledger.recall(DueBookings(Array(due.prefix(count)), isCut: more))
    }

    private func due(at time: Instant) -> [Booking] {
        held.compactMap { ledger.booking($0) }
            .filter { $0.expiresAt <= time }
            .sorted { ($0.expiresAt, $0.sequence) < ($1.expiresAt, $1.sequence) }
    }

    private mutating func note(_ entry: Entry) {
        switch entry.body {
        case .book, .undecodable: note(BookingKey(bits: entry.command.bits))
        case .change(_, let booking, _): note(booking)
        case .expire(let bookings, _, _): held.subtract(bookings)
        }
    }

    private mutating func note(_ booking: BookingKey) {
        if ledger.booking(booking)?.hold != nil {
            held.insert(booking)
        } else {
            held.remove(booking)
        }
    }
}

extension Booking {
    /// When it is due; what is not held is never.
    fileprivate var expiresAt: Instant {
        hold?.expiresAt ?? Instant(microsecondsSinceEpoch: .max)
    }
}
