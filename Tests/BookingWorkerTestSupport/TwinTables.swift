package import BookingDomain
package import BookingStore

/// What a shard's database has in its tables, and what it does with a transaction: all of it or nothing.
package struct TwinTables: Sendable {
    package private(set) var events: [EventID: Event] = [:]
    package private(set) var bookings: [BookingKey: Booking] = [:]
    /// Under which epoch each booking was written.
    package private(set) var epochs: [BookingKey: Int64] = [:]
    private var keys: [EventID: [Int64: BookingKey]] = [:]
    private var tallies: [Buyer: [TicketTypeNumber: Int]] = [:]
    /// The dead letters, by what they say.
    package private(set) var letters: [MessageDigest: StoredLetter] = [:]
    private var trials: [MessageDigest: Set<ProcessIdentity>] = [:]
    package var lease: TwinLease

    /// Users whose confirmed bookings are refused, as by a trigger.
    package var refusedUsers: Set<UserID> = []
    /// Buyers whose look-ups never come back.
    package var slowBuyers: Set<Buyer> = []
    /// Whether no look-up comes back.
    package var isSlow = false
    /// What is wrong with this database.
    package var defects: Set<TwinDefect> = []

    init(shard: ShardNumber, now: Instant) { lease = TwinLease(shard: shard, now: now) }

    /// An event's bookings in the order of its line.
    package func bookings(of event: EventID) -> [Booking] {
        (keys[event] ?? [:]).sorted { $0.key < $1.key }.compactMap { bookings[$0.value] }
    }

    package mutating func insert(_ event: Event) { events[event.id] = event }

    /// Somebody else changes the event: it is at the next version.
    package mutating func touch(_ event: EventID) { events[event]?.version += 1 }

    /// Another program books a ticket of the event's first type, if one is left.
    package mutating func book(elsewhere key: BookingKey, of id: EventID, by user: UserID) {
        guard var event = events[id], let type = event.ticketTypes.first,
            let basket = Quantity(1).flatMap({
                Basket([BasketItem(ticketType: type.number, quantity: $0)])
            }),
            let left = Stock(
                capacity: type.stock.capacity, available: type.stock.available - 1,
                held: type.stock.held, confirmed: type.stock.confirmed + 1)
        else { return }
        event.version += 1
        event.sequence += 1
        event.ticketTypes[0].stock = left
        let now = max(lease.now, bookings(of: id).last?.decidedAt ?? lease.now)
        events[id] = event
        bookings[key] = Booking(
            key: key, event: id, user: user, basket: basket, status: .confirmed, reason: nil,
            sequence: event.sequence, createdAt: now, decidedAt: now)
        keys[id, default: [:]][event.sequence] = key
    }

    // MARK: Looking up

    func ledgers(of ids: [EventID]) -> [EventID: EventLedger] {
        var found: [EventID: EventLedger] = [:]
        for id in ids {
            guard let event = events[id] else { continue }
            let last = keys[id]?[event.sequence].flatMap { bookings[$0] }
            found[id] = EventLedger(
                event, lastAppliedAt: defects.contains(.forgetsTimes) ? nil : last?.decidedAt)
        }
        return found
    }

    func recallBookings(
        _ commands: [(event: EventID, command: Command)], in ledgers: inout [EventID: EventLedger]
    ) throws(StoreError) {
        try answerInTime()
        guard !defects.contains(.recallsNothing) else { return }
        for (_, command) in commands {
            guard let booking = bookings[command.key] else { continue }
            ledgers[booking.event]?.recall(booking)
        }
    }

    func recallTaken(
        _ commands: [(event: EventID, command: Command)], in ledgers: inout [EventID: EventLedger]
    ) throws(StoreError) {
        for (event, command) in commands where ledgers[event]?.limitsUsers == true {
            guard case .book(let command) = command else { continue }
            try answerInTime()
            let buyer = Buyer(user: command.user, event: event)
            if slowBuyers.contains(buyer) { throw Self.tooSlow }
            for (type, taken) in tallies[buyer] ?? [:] where !defects.contains(.forgetsTallies) {
                ledgers[event]?.recall(taken: taken, by: buyer.user, of: type)
            }
        }
    }

    func answerInTime() throws(StoreError) { if isSlow { throw Self.tooSlow } }

    private static let tooSlow = StoreError(.tooSlow, "the look-up takes too long")

    // MARK: Writing

    mutating func commit(
        _ batch: Batch, under lease: Lease
    ) throws(StoreError) -> Int64 {
        try fence(under: lease)
        var next = self
        for change in batch.changes { try next.advance(change) }
        let rows = defects.contains(.losesRows) ? batch.decided.dropLast() : batch.decided[...]
        for booking in rows { try next.insert(booking, under: lease) }
        if defects.contains(.losesCommits) { next = self }
        next.lease.batch += 1
        self = next
        return self.lease.batch
    }

    private mutating func advance(_ change: EventChange) throws(StoreError) {
        guard var event = events[change.event],
            event.version == change.decidedOn || defects.contains(.comparesNoVersions)
        else { throw StoreError(.versionConflict, "somebody else wrote the event") }
        event.version += 1
        event.sequence = change.sequence
        for index in event.ticketTypes.indices {
            let stock = event.ticketTypes[index].stock
            let more =
                defects.contains(.takesNoPlaces)
                ? 0 : change.confirmed[event.ticketTypes[index].number] ?? 0
            let left = Stock(
                capacity: stock.capacity, available: stock.available - more, held: stock.held,
                confirmed: stock.confirmed + more)
            guard let left else { throw StoreError(.refused, "available is out of its range") }
            event.ticketTypes[index].stock = left
        }
        events[event.id] = event
        for (allowance, count) in change.granted {
            let buyer = Buyer(user: allowance.user, event: event.id)
            tallies[buyer, default: [:]][allowance.ticketType, default: 0] += count
        }
    }

    private mutating func insert(_ booking: Booking, under lease: Lease) throws(StoreError) {
        if let user = booking.user, booking.status == .confirmed, refusedUsers.contains(user) {
            throw StoreError(.refused, "not this one")
        }
        if bookings[booking.key] != nil {
            throw StoreError(.decidedBefore, "a booking of that key is there already")
        }
        if keys[booking.event]?[booking.sequence] != nil {
            throw StoreError(.refused, "a booking of that sequence is there already")
        }
        bookings[booking.key] = booking
        epochs[booking.key] = lease.epoch
        keys[booking.event, default: [:]][booking.sequence] = booking.key
    }

    /// Keeps the lease, or throws `fenced`.
    mutating func fence(under lease: Lease) throws(StoreError) {
        guard self.lease.isHeld(by: lease) || defects.contains(.fencesNobody) else {
            throw StoreError(.fenced, "the lease is lost")
        }
        self.lease.renew(for: lease.duration)
    }

    mutating func bury(_ letter: StoredLetter, under lease: Lease) throws(StoreError) {
        try fence(under: lease)
        letters[letter.digest] = letter
    }

    // MARK: Trials

    mutating func trySuspect(
        _ message: MessageDigest, in process: ProcessIdentity, under lease: Lease
    ) throws(StoreError) -> Int {
        try fence(under: lease)
        trials[message, default: []].insert(process)
        return trials[message]?.count ?? 0
    }

    mutating func clearSuspect(_ message: MessageDigest) { trials[message] = nil }

    mutating func forgetTrials(of messages: [MessageDigest], in process: ProcessIdentity) {
        for message in messages { trials[message]?.remove(process) }
    }
}

/// What may be wrong with a shard's database, so that checks can show that they see it.
package enum TwinDefect: Hashable, Sendable, CaseIterable {
    /// Whoever had the lease may write.
    case fencesNobody
    /// A batch is written whatever version it was decided on.
    case comparesNoVersions
    /// It does not tell which commands were decided before.
    case recallsNothing
    /// It does not tell what a buyer has already.
    case forgetsTallies
    /// It does not tell when an event's last command was applied.
    case forgetsTimes
    /// Nothing of a batch is written.
    case losesCommits
    /// A batch's last booking is not written.
    case losesRows
    /// Tickets that are booked stay available.
    case takesNoPlaces
}
