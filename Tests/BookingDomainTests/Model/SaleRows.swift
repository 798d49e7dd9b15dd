import BookingDomain

/// What a database would hold of one event: rows that batches write and ledgers are made from.
///
/// Like the real one it refuses what breaks its constraints.
struct SaleRows {
    struct Refused: Error { let constraint: String }

    private(set) var event: Event
    private(set) var bookings: [BookingKey: Booking] = [:]
    private(set) var changes: [CommandID: Change] = [:]
    private(set) var tally: [Allowance: Int] = [:]
    private(set) var pages: [LogPage] = []

    init(_ terms: SaleModel.Terms) {
        let types = zip(terms.capacities, terms.limits).enumerated().compactMap { index, type in
            TicketTypeNumber(index + 1).map {
                TicketType(
                    number: $0, name: "type \($0)", price: nil, maxPerUser: type.1,
                    stock: Stock(capacity: type.0))
            }
        }
        let second: Int64 = 1_000_000
        event = Event(
            id: Fixture.event, organizer: Fixture.user(999), title: "A night", venue: nil,
            startsAt: Fixture.now, endsAt: SaleCommand.instant(terms.overAt),
            createdAt: Fixture.now, status: .onSale, version: 1, sequence: 0, ticketTypes: types,
            terms: Fixture.terms(
                hold: Int(terms.holdTime / second), grace: Int(terms.paymentGrace / second)))
    }

    /// The ledger of the event as it is stored.
    var ledger: EventLedger { EventLedger(event, lastAppliedAt: pages.last?.at) }

    /// The held bookings in the order in which they are due.
    var held: [Booking] {
        bookings.values.filter { $0.status == .held }.sorted { left, right in
            guard let first = left.hold?.expiresAt, let second = right.hold?.expiresAt else {
                return false
            }
            return (first, left.sequence) < (second, right.sequence)
        }
    }

    /// The stock of each ticket type: what is left, held and confirmed.
    var stock: [[Int]] {
        event.ticketTypes.map { [$0.stock.available, $0.stock.held, $0.stock.confirmed] }
    }

    /// Tells the ledger what the commands need; bookings that are to be made only if `recalling`.
    func recall(_ commands: [Command], in ledger: inout EventLedger, recalling: Bool, dueMax: Int) {
        for command in commands {
            switch command.need {
            case .booking(let key):
                if recalling, let booking = bookings[key] { ledger.recall(booking) }
            case .change(let id, let key):
                if let booking = bookings[key] { ledger.recall(booking) }
                if let change = changes[id] { ledger.recall(change) }
            case .due: recallDue(in: &ledger, max: dueMax)
            }
            guard let user = command.actor, command.takesTickets else { continue }
            for type in event.ticketTypes {
                let allowance = Allowance(user: user, ticketType: type.number)
                ledger.recall(
                    taken: tally[allowance, default: 0], by: user, of: type.number)
            }
        }
    }

    func recallDue(in ledger: inout EventLedger, max: Int) {
        let held = held
        ledger.recall(DueBookings(Array(held.prefix(max)), isCut: held.count >= max))
    }

    /// Writes what a batch changes, all of it or nothing.
    mutating func commit(_ effect: EventEffect) throws(Refused) {
        var rows = self
        guard effect.decidedOn == event.version else { throw Refused(constraint: "version") }
        rows.event.version += 1
        rows.event.sequence = effect.sequence
        rows.event.expiringUntil = effect.expiringUntil
        for index in rows.event.ticketTypes.indices {
            let stock = rows.event.ticketTypes[index].stock
            guard let move = effect.stock[rows.event.ticketTypes[index].number] else { continue }
            let moved = Stock(
                capacity: stock.capacity, available: stock.available + move.available,
                held: stock.held + move.held, confirmed: stock.confirmed + move.confirmed)
            guard let moved else { throw Refused(constraint: "stock") }
            rows.event.ticketTypes[index].stock = moved
        }
        for booking in effect.made
        where rows.bookings.updateValue(booking, forKey: booking.key) != nil {
            throw Refused(constraint: "booking made twice")
        }
        for booking in effect.changed {
            guard rows.bookings.updateValue(booking, forKey: booking.key) != nil else {
                throw Refused(constraint: "booking changed that is not there")
            }
        }
        for change in effect.changes {
            guard rows.changes.updateValue(change, forKey: change.command) == nil else {
                throw Refused(constraint: "change twice")
            }
        }
        for (allowance, count) in effect.granted { rows.tally[allowance, default: 0] += count }
        guard let page = LogPage(effect.entries, of: effect.event),
            page.firstSequence == event.sequence + 1,
            page.firstSequence + Int64(page.count) == effect.sequence + 1
        else { throw Refused(constraint: "pages abut") }
        rows.pages.append(page)
        self = rows
    }
}
