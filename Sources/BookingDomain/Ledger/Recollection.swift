/// What a ledger knows of single bookings, changes and users: what the current batch needs and what it changed.
struct Recollection: Sendable {
    /// Bookings as they stand now, including those that the batch made or changed.
    var bookings: [BookingKey: Booking] = [:]
    /// What commands that change bookings came to.
    var changes: [CommandID: Change] = [:]
    /// How many tickets of each limited type each user had before the batch.
    var taken: [Allowance: Int] = [:]
    /// How many more the batch gave each user, or fewer.
    var granted: [Allowance: Int] = [:]
    /// The bookings that are due first.
    var due: DueBookings?
}

/// The held bookings of an event that are due first.
package struct DueBookings: Sendable {
    /// In the order in which they are due; those due at the same time by sequence.
    package let bookings: [Booking]
    /// Whether there may be more, which are due no earlier than the last of these.
    package let isCut: Bool

    /// The most bookings that are looked up for one entry: one more than it can change, to see whether there are more.
    package static let max = Entry.bookingsMax + 1

    package init(_ bookings: [Booking], isCut: Bool) {
        self.bookings = bookings
        self.isCut = isCut
    }

    /// Those that were looked up, of which there are ``max`` at most, in any order.
    package init(cutting bookings: [Booking]) {
        self.init(
            bookings.sorted { left, right in
                guard let first = left.hold, let second = right.hold else { return false }
                return (first.expiresAt, left.sequence) < (second.expiresAt, right.sequence)
            }, isCut: bookings.count >= Self.max)
    }
}

extension EventLedger {
    /// Tells the ledger of a booking decided earlier.
    package mutating func recall(_ booking: Booking) {
        recollection.bookings[booking.key] = booking
    }

    /// Tells the ledger what a command that changes a booking came to earlier.
    package mutating func recall(_ change: Change) {
        recollection.changes[change.command] = change
    }

    /// Tells the ledger how many tickets of a type a user already has.
    package mutating func recall(taken: Int, by user: UserID, of ticketType: TicketTypeNumber) {
        recollection.taken[Allowance(user: user, ticketType: ticketType)] = taken
    }

    /// Tells the ledger which of its held bookings are due first.
    package mutating func recall(_ due: DueBookings) { recollection.due = due }

    /// Where a booking stands, as far as the ledger was told or has decided it itself.
    package func booking(_ key: BookingKey) -> Booking? { recollection.bookings[key] }

    /// What a command that changes a booking came to, as far as the ledger was told or has decided it itself.
    package func change(_ command: CommandID) -> Change? { recollection.changes[command] }

    /// How many tickets of a limited type a user has, as far as the ledger was told or decided itself.
    package func taken(by user: UserID, of ticketType: TicketTypeNumber) -> Int {
        let allowance = Allowance(user: user, ticketType: ticketType)
        return recollection.taken[allowance, default: 0]
            + recollection.granted[allowance, default: 0]
    }

    /// Counts what a booking takes of limited ticket types, or gives back.
    mutating func grant(_ booking: Booking, givingBack: Bool = false) {
        guard let user = booking.user, let basket = booking.basket else { return }
        for item in basket.items where ticketTypes[item.ticketType]?.maxPerUser != nil {
            let allowance = Allowance(user: user, ticketType: item.ticketType)
            recollection.granted[allowance, default: 0] +=
                givingBack ? -item.quantity.rawValue : item.quantity.rawValue
        }
    }
}
