package import BookingDomain
package import BookingStore

/// What a shard's database has in its tables, and what it does with a transaction: all of it or nothing.
package struct TwinTables: Sendable {
    package private(set) var events: [EventID: Event] = [:]
    package private(set) var bookings: [BookingKey: Booking] = [:]
    package private(set) var changes: [ChangeReference: Change] = [:]
    /// The events' logs, and when by the database's clock each entry was committed.
    package private(set) var logs: [EventID: [Entry]] = [:]
    package private(set) var commitTimes: [EventID: [Int64: Instant]] = [:]
    /// All that bookings ever were.
    package private(set) var past: Set<Booking> = []
    /// Under which epoch each entry was written.
    package private(set) var epochs: [EventID: [Int64: Int64]] = [:]
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

    /// A booking is gone, as none may ever be.
    package mutating func remove(_ booking: BookingKey) { bookings[booking] = nil }

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
        let now = max(lease.now, logs[id]?.last?.at ?? lease.now)
        events[id] = event
        let booking = Booking(
            key: key, event: id, user: user, basket: basket, status: .confirmed, reason: nil,
            sequence: event.sequence, createdAt: now, decidedAt: now)
        bookings[key] = booking
        past.insert(booking)
        keys[id, default: [:]][event.sequence] = key
        if let entry = Entry(of: booking) { logs[id, default: []].append(entry) }
    }

    // MARK: Looking up

    func ledgers(of ids: [EventID]) -> [EventID: EventLedger] {
        var found: [EventID: EventLedger] = [:]
        for id in ids {
            guard let event = events[id] else { continue }
            found[id] = EventLedger(
                event, lastAppliedAt: defects.contains(.forgetsTimes) ? nil : logs[id]?.last?.at)
        }
        return found
    }

    func recallBookings(
        _ commands: [Command], in ledgers: inout [EventID: EventLedger]
    ) throws(StoreError) {
        try answerInTime()
        guard !defects.contains(.recallsNothing) else { return }
        for command in commands {
            guard case .booking(let key) = command.need, let booking = bookings[key] else {
                continue
            }
            ledgers[booking.event]?.recall(booking)
        }
    }

    func recallChanges(
        _ commands: [Command], in ledgers: inout [EventID: EventLedger]
    ) throws(StoreError) {
        for command in commands {
            switch command.need {
            case .booking: continue
            case .change(let id, let key):
                try answerInTime()
                if let booking = bookings[key], booking.event == command.event {
                    ledgers[command.event]?.recall(booking)
                }
                if let change = changes[ChangeReference(event: command.event, command: id)],
                    defects.isDisjoint(with: [.recallsNothing, .forgetsChanges])
                {
                    ledgers[command.event]?.recall(change)
                }
            case .due: try recallDue([command.event], in: &ledgers)
            }
        }
    }

    func recallDue(
        _ events: [EventID], in ledgers: inout [EventID: EventLedger]
    ) throws(StoreError) {
        for event in events {
            try answerInTime()
            let due = held(of: event).prefix(DueBookings.max)
            ledgers[event]?
                .recall(DueBookings(Array(due), isCut: due.count == DueBookings.max))
        }
    }

    /// The bookings of an event that are held, those first that are due first.
    private func held(of event: EventID) -> [Booking] {
        bookings(of: event).filter { $0.hold != nil }.sorted { left, right in
            (left.hold?.expiresAt.microsecondsSinceEpoch ?? 0, left.sequence)
                < (right.hold?.expiresAt.microsecondsSinceEpoch ?? 0, right.sequence)
        }
    }

    func deadlines() -> [EventID: Instant] {
        events.compactMapValues { event in
            event.expiringUntil ?? held(of: event.id).first?.hold?.expiresAt
        }
    }

    func recallTaken(
        _ commands: [Command], in ledgers: inout [EventID: EventLedger]
    ) throws(StoreError) {
        for command in commands where ledgers[command.event]?.limitsUsers == true {
            guard command.takesTickets, let user = command.actor else { continue }
            try answerInTime()
            let buyer = Buyer(user: user, event: command.event)
            if slowBuyers.contains(buyer) { throw Self.tooSlow }
            for (type, taken) in tallies[buyer] ?? [:] where !defects.contains(.forgetsTallies) {
                ledgers[command.event]?.recall(taken: taken, by: buyer.user, of: type)
            }
        }
    }

    func answerInTime() throws(StoreError) { if isSlow { throw Self.tooSlow } }

    private static let tooSlow = StoreError(.tooSlow, "the look-up takes too long")

    // MARK: Writing

    mutating func commit(
        _ effects: [EventEffect], under lease: Lease
    ) throws(StoreError) -> Int64 {
        try fence(under: lease)
        var next = self
        for effect in effects { try next.advance(effect, under: lease) }
        let made = effects.flatMap(\.made)
        let rows = defects.contains(.losesRows) ? made.dropLast() : made[...]
        for booking in rows { try next.insert(booking) }
        for booking in effects.flatMap(\.changed) where !defects.contains(.losesUpdates) {
            guard next.bookings[booking.key] != nil else {
                throw StoreError(.versionConflict, "a booking is gone that was to be changed")
            }
            next.bookings[booking.key] = booking
            next.past.insert(booking)
        }
        for change in effects.flatMap(\.changes) {
            guard next.changes[change.reference] == nil || defects.contains(.forgetsChanges) else {
                throw StoreError(.decidedBefore, "a change of that id is there already")
            }
            next.changes[change.reference] = change
        }
        if defects.contains(.losesCommits) { next = self }
        next.lease.batch += 1
        self = next
        return self.lease.batch
    }

    private mutating func advance(
        _ effect: EventEffect, under lease: Lease
    ) throws(StoreError) {
        guard var event = events[effect.event],
            event.version == effect.decidedOn || defects.contains(.comparesNoVersions)
        else { throw StoreError(.versionConflict, "somebody else wrote the event") }
        event.version += 1
        if let expired = effect.expiredUntil, expired > self.lease.now,
            !defects.contains(.believesTicks)
        {
            throw StoreError(.notDue, "what expires is not due yet")
        }
        event.sequence = effect.sequence
        event.expiringUntil = effect.expiringUntil
        logs[event.id, default: []] +=
            defects.contains(.losesEntries) ? effect.entries.dropLast() : effect.entries[...]
        for entry in effect.entries {
            commitTimes[event.id, default: [:]][entry.sequence] = self.lease.now
            epochs[event.id, default: [:]][entry.sequence] = lease.epoch
        }
        for index in event.ticketTypes.indices {
            let stock = event.ticketTypes[index].stock
            guard let move = effect.stock[event.ticketTypes[index].number],
                !defects.contains(.takesNoPlaces)
            else { continue }
            let left = Stock(
                capacity: stock.capacity, available: stock.available + move.available,
                held: stock.held + move.held, confirmed: stock.confirmed + move.confirmed)
            guard let left else { throw StoreError(.refused, "available is out of its range") }
            event.ticketTypes[index].stock = left
        }
        events[event.id] = event
        for (allowance, count) in effect.granted {
            let buyer = Buyer(user: allowance.user, event: event.id)
            tallies[buyer, default: [:]][allowance.ticketType, default: 0] += count
        }
    }

    private mutating func insert(_ booking: Booking) throws(StoreError) {
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
        past.insert(booking)
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
    /// A batch's last entry of an event is not written.
    case losesEntries
    /// It does not know what commands came to that asked for changes.
    case forgetsChanges
    /// What expires is not compared with its own clock.
    case believesTicks
    /// Bookings that are changed stay as they were.
    case losesUpdates
    /// Tickets that are booked stay available.
    case takesNoPlaces
}
