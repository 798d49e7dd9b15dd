/// What a batch changes of one event.
package struct EventEffect: Sendable {
    package let event: EventID
    /// The version the decisions were made on; the write holds only if it still is the event's.
    package let decidedOn: Int64
    /// The event's new last sequence.
    package let sequence: Int64
    /// The entries that the batch adds to the log.
    package let entries: [Entry]
    /// How far each ticket type's counts move.
    package let stock: [TicketTypeNumber: StockMove]
    /// Whether some ticket type limits what one user may have, so that tallies are kept.
    package let limitsUsers: Bool
    /// How many more tickets of limited types each user has, or fewer.
    package let granted: [Allowance: Int]
    /// Bookings that were made, in the order of the line.
    package let made: [Booking]
    /// Bookings from earlier batches that were changed.
    package let changed: [Booking]
    /// What the commands that asked for changes came to.
    package let changes: [Change]
    /// The latest time up to which the batch expires bookings; the database refuses one in the future.
    package let expiredUntil: Instant?
    /// The time up to which bookings still have to expire; `nil` when none do.
    package let expiringUntil: Instant?

    /// `nil` when nothing was applied.
    init?(from opening: EventLedger, to closing: EventLedger, entries: [Entry]) {
        guard closing.sequence != opening.sequence else { return nil }
        event = opening.event
        decidedOn = opening.version
        sequence = closing.sequence
        limitsUsers = closing.limitsUsers
        granted = closing.granted.filter { $0.value != 0 }
        expiringUntil = closing.expiringUntil
        self.entries = entries
        stock = closing.ticketTypes.reduce(into: [:]) { moves, entry in
            guard let before = opening.ticketTypes[entry.key]?.stock else { return }
            moves[entry.key] = StockMove(from: before, to: entry.value.stock)
        }
        var touched = Touched()
        for entry in entries { touched.add(entry) }
        expiredUntil = touched.expiredUntil
        made = touched.made.compactMap { closing.booking($0) }
        changed = touched.changed.compactMap { closing.booking($0) }
        changes = touched.changes.compactMap { closing.change($0) }
    }

    /// The bookings and changes that the entries are about, each once.
    private struct Touched {
        var made: [BookingKey] = []
        var changed: [BookingKey] = []
        var changes: [CommandID] = []
        var expiredUntil: Instant?
        private var seen: Set<BookingKey> = []
        /// How many of those made are in `seen`: a batch that changes nothing never hashes them.
        private var seenOfMade = 0

        mutating func add(_ entry: Entry) {
            switch entry.body {
            case .book, .undecodable:
                made.append(BookingKey(bits: entry.command.bits))
            case .change(_, let booking, let resolution):
                changes.append(entry.command)
                if case .applied = resolution { change(booking) }
            case .expire(let bookings, let time, _):
                for booking in bookings { change(booking) }
                expiredUntil = max(expiredUntil ?? time, time)
            }
        }

        private mutating func change(_ key: BookingKey) {
            // A booking is made before it is changed.
            seen.formUnion(made[seenOfMade...])
            seenOfMade = made.count
            if seen.insert(key).inserted { changed.append(key) }
        }
    }
}

extension Sequence<EventEffect> {
    /// How many commands were applied.
    package var entryCount: Int { reduce(0) { $0 + $1.entries.count } }

    /// How long the oldest of the commands had waited, by two clocks, so not less than nothing.
    package var longestWait: Duration {
        var longest = Duration.zero
        for effect in self {
            for entry in effect.entries {
                guard let acceptedAt = entry.acceptedAt else { continue }
                longest = Swift.max(longest, entry.at.duration(since: acceptedAt))
            }
        }
        return longest
    }
}

/// How far a ticket type's counts move.
package struct StockMove: Hashable, Sendable {
    package let available: Int
    package let held: Int
    package let confirmed: Int

    package init(available: Int, held: Int, confirmed: Int) {
        self.available = available
        self.held = held
        self.confirmed = confirmed
    }

    /// `nil` when they stay where they are.
    init?(from before: Stock, to after: Stock) {
        guard before != after else { return nil }
        available = after.available - before.available
        held = after.held - before.held
        confirmed = after.confirmed - before.confirmed
    }
}
