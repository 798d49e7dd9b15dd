import BookingDomain

/// All that there is of one event.
struct EventEvidence: Sendable {
    let id: EventID
    /// `nil` for an event that the run did not make.
    let sale: Plan.PlannedSale?
    /// In the order of their sequences.
    let rows: [StoredBooking]
    let log: EventLog
    let projection: Projection
    /// Who bought, by the rows; the log does not say it.
    let users: [BookingKey: UserID]

    init(_ id: EventID, _ plan: Plan, rows: [StoredBooking], pages: [StoredPage]) {
        self.id = id
        sale = plan.events[id]
        self.rows = rows.sorted { $0.booking.sequence < $1.booking.sequence }
        log = EventLog(
            of: id, pages: pages.sorted { $0.page.firstSequence < $1.page.firstSequence },
            rows: self.rows,
            mayLackPages: { plan.mixesVersions || plan.outsideKeys.contains($0.key) })
        var users: [BookingKey: UserID] = [:]
        for row in rows.lazy.map(\.booking) { users[row.key] = row.user }
        self.users = users
        projection = Projection(log, capacities: sale?.capacities ?? [:], users: users)
    }

    /// The event as it was before its first command; `nil` for one that the run did not make.
    var opening: Event? {
        guard let sale else { return nil }
        // When it was over is not known here; a run's events last longer than the run.
        let start = BookingLimits.times.upperBound
        return Event(
            id: id, organizer: sale.organizer, title: "", venue: nil, startsAt: start,
            endsAt: nil, createdAt: start, status: .onSale, version: 1, sequence: 0,
            ticketTypes: sale.ticketTypes.map { number, allotment in
                TicketType(
                    number: number, name: "", price: nil, maxPerUser: allotment.maxPerUser,
                    stock: Stock(capacity: allotment.capacity))
            }, terms: sale.terms)
    }
}
