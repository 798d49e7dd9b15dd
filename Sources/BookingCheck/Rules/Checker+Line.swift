import BookingDomain

/// What each event's line must be, looked at in the order of its sequence.
extension Checker {
    /// The places taken never exceed the capacity.
    func notOversold() -> Ruling {
        var ruling = Ruling(.notOversold)
        for (event, line) in sortedLines {
            let capacities = capacities(of: event)
            var taken: [TicketTypeNumber: Int] = [:]
            for row in line.lazy.map(\.booking) {
                ruling.look()
                for item in row.itemsTaken {
                    let sum = taken[item.ticketType, default: 0] + item.quantity.rawValue
                    taken[item.ticketType] = sum
                    let capacity = capacities[item.ticketType] ?? 0
                    if sum > capacity {
                        ruling.report(
                            Violation(
                                "\(sum) of \(capacity) places of ticket type \(item.ticketType)",
                                row))
                    }
                }
            }
        }
        return ruling
    }

    /// Sequences are 1, 2, 3, … as far as the rows go; how far that must be is for ``countersAgree()``.
    func gapFree() -> Ruling {
        var ruling = Ruling(.gapFree)
        for (_, line) in sortedLines {
            var last: Int64 = 0
            for row in line.lazy.map(\.booking) {
                ruling.look()
                if row.sequence != last + 1 {
                    ruling.report(
                        Violation(
                            row.sequence == last
                                ? "two bookings at one sequence" : "the one before is \(last)",
                            row))
                }
                last = row.sequence
            }
        }
        return ruling
    }

    /// Deciding every command again, in the order of the line, comes to the same.
    func replay() -> Ruling {
        var ruling = Ruling(.replay)
        for (event, line) in sortedLines {
            guard var ledger = openingLedger(of: event) else { continue }
            for row in line.lazy.map(\.booking) {
                ruling.look()
                guard row.status != .failed || attribution.origin(of: row.key) == .planted else {
                    ruling.report(Violation("failed, though anybody could read it", row))
                    continue
                }
                switch ledger.apply(row.command, at: row.decidedAt) {
                case .decided(let booking):
                    if (booking.status, booking.reason) != (row.status, row.reason) {
                        ruling.report(
                            Violation("\(row.outcome); decided again: \(booking.outcome)", row))
                    }
                    if booking.decidedAt != row.decidedAt {
                        ruling.report(Violation("decided earlier than what came before it", row))
                    }
                case .repeated:
                    ruling.report(Violation("decided a second time", row))
                }
            }
        }
        return ruling
    }

    /// The counters of events and ticket types are what their rows come to.
    func countersAgree() -> Ruling {
        var ruling = Ruling(.countersAgree)
        let stored = Dictionary(
            evidence.tables.events.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        for (event, sale) in evidence.plan.events.sorted(by: { $0.key < $1.key }) {
            ruling.look()
            guard let row = stored[event] else {
                ruling.report(Violation("the event is not in the tables", event: event))
                continue
            }
            let line = lines[event] ?? []
            if row.sequence != line.count {
                ruling.report(
                    Violation(
                        "the event says \(row.sequence) commands, there are \(line.count) rows",
                        event: event))
            }
            for (number, allotment) in sale.ticketTypes.sorted(by: { $0.key < $1.key }) {
                ruling.look()
                let type = row.ticketTypes.first { $0.number == number }
                let expected = counters(of: number, capacity: allotment.capacity, in: line)
                if type != expected {
                    ruling.report(
                        Violation(
                            "ticket type \(number) is \(type?.words ?? "not there"); "
                                + "its rows come to \(expected.words)", event: event))
                }
            }
        }
        return ruling
    }

    /// Nobody was refused while there were places, and what enough people wanted is sold out.
    ///
    /// Places never come back, so whoever was turned away as sold out must not fit in the end either.
    func notUndersold() -> Ruling {
        var ruling = Ruling(.notUndersold)
        for (event, line) in sortedLines {
            let capacities = capacities(of: event)
            var taken: [TicketTypeNumber: Int] = [:]
            for row in line.lazy.map(\.booking) {
                for item in row.itemsTaken {
                    taken[item.ticketType, default: 0] += item.quantity.rawValue
                }
                guard row.reason == .soldOut, let basket = row.basket else { continue }
                ruling.look()
                let hadPlaces = basket.items.allSatisfy { item in
                    taken[item.ticketType, default: 0] + item.quantity.rawValue
                        <= capacities[item.ticketType] ?? 0
                }
                if hadPlaces { ruling.report(Violation("sold out, with places left", row)) }
            }
            for (number, allotment) in evidence.plan.events[event]?.ticketTypes ?? [:]
            where allotment.demandSuffices {
                ruling.look()
                let sold = taken[number, default: 0]
                if sold < allotment.capacity {
                    ruling.report(
                        Violation(
                            "only \(sold) of \(allotment.capacity) places of ticket type "
                                + "\(number) sold", event: event))
                }
            }
        }
        checkRefusals(&ruling)
        return ruling
    }

    private func checkRefusals(_ ruling: inout Ruling) {
        for (event, refusals) in Dictionary(grouping: evidence.history.refusals, by: \.event) {
            var left = capacities(of: event)
            var taken: [Allowance: Int] = [:]
            for row in (lines[event] ?? []).lazy.map(\.booking) {
                for item in row.itemsTaken {
                    left[item.ticketType, default: 0] -= item.quantity.rawValue
                    guard let user = row.user else { continue }
                    taken[Allowance(user: user, ticketType: item.ticketType), default: 0] +=
                        item.quantity.rawValue
                }
            }
            for refusal in refusals {
                ruling.look()
                let isDue = refusal.basket.items.contains { item in
                    let wanted = item.quantity.rawValue
                    switch refusal.cause {
                    case .soldOut: return wanted > left[item.ticketType, default: 0]
                    case .limitExceeded:
                        let allowance = Allowance(
                            user: refusal.user, ticketType: item.ticketType)
                        let sale = evidence.plan.events[event]?.ticketTypes[item.ticketType]
                        return sale?.maxPerUser.map { taken[allowance, default: 0] + wanted > $0 }
                            ?? false
                    }
                }
                if !isDue {
                    let why =
                        switch refusal.cause {
                        case .soldOut: "as sold out, yet in the end there are places"
                        case .limitExceeded: "for a limit, yet in the end it is not spent"
                        }
                    ruling.report(
                        Violation("turned away \(why)", event: event, time: refusal.end))
                }
            }
        }
    }

    /// The lines of all events, in the order of the events.
    var sortedLines: [(EventID, [StoredBooking])] {
        lines.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    private func capacities(of event: EventID) -> [TicketTypeNumber: Int] {
        evidence.plan.events[event]?.ticketTypes.mapValues(\.capacity) ?? [:]
    }

    /// The event as it was before its first command; `nil` for one that the run did not make.
    private func openingLedger(of event: EventID) -> EventLedger? {
        guard let sale = evidence.plan.events[event] else { return nil }
        // When it was over is not known here; a run's events last longer than the run.
        let start = BookingLimits.times.upperBound
        return EventLedger(
            Event(
                id: event, organizer: sale.organizer, title: "", venue: nil, startsAt: start,
                endsAt: nil, createdAt: start, status: .onSale, version: 1, sequence: 0,
                ticketTypes: sale.ticketTypes.map { number, allotment in
                    TicketType(
                        number: number, name: "", price: nil, maxPerUser: allotment.maxPerUser,
                        stock: Stock(capacity: allotment.capacity))
                }))
    }

    private func counters(
        of number: TicketTypeNumber, capacity: Int, in line: [StoredBooking]
    ) -> StoredTicketType {
        var counters = StoredTicketType(
            number: number, capacity: capacity, available: capacity, held: 0, confirmed: 0)
        for row in line.lazy.map(\.booking) {
            for item in row.itemsTaken where item.ticketType == number {
                counters.available -= item.quantity.rawValue
                if row.status == .held {
                    counters.held += item.quantity.rawValue
                } else {
                    counters.confirmed += item.quantity.rawValue
                }
            }
        }
        return counters
    }
}

extension Booking {
    /// The places it takes from others.
    fileprivate var itemsTaken: [BasketItem] {
        switch status {
        case .confirmed, .held: basket?.items ?? []
        case .pending, .waitlisted, .rejected, .cancelled, .expired, .failed: []
        }
    }

    /// The command it was decided on.
    fileprivate var command: Command {
        guard status != .failed, let user, let basket else {
            return .undecodable(UndecodableCommand(key: key, user: user))
        }
        return .book(
            BookCommand(key: key, user: user, basket: basket, submittedAt: createdAt))
    }

    /// Status and reason, in words.
    var outcome: String {
        [status.rawValue, reason?.rawValue].compactMap { $0 }.joined(separator: " ")
    }
}

extension StoredTicketType {
    fileprivate var words: String {
        "\(available) available, \(held) held, \(confirmed) confirmed of \(capacity)"
    }
}
