import BookingDomain

/// What the tables say that buyers have of limited ticket types.
extension Checker {
    /// The tallies are what their rows come to, as far as they go, and they go as far as workers wrote.
    func talliesAgree() -> Ruling {
        var ruling = Ruling(.talliesAgree)
        let stored = Dictionary(grouping: evidence.tables.tallies, by: \.event)
        for (event, sale) in evidence.plan.events.sorted(by: { $0.key < $1.key }) {
            let limited = sale.ticketTypes.filter { $0.value.maxPerUser != nil }.keys
            let line = lines[event] ?? []
            let mark = evidence.tables.tallied[event] ?? 0
            if !limited.isEmpty { checkMark(mark, of: event, line, &ruling) }
            var expected: [Allowance: Int] = [:]
            for row in line.lazy.map(\.booking) where row.sequence <= mark {
                guard let user = row.user else { continue }
                for item in row.itemsCounted where limited.contains(item.ticketType) {
                    expected[Allowance(user: user, ticketType: item.ticketType), default: 0] +=
                        item.quantity.rawValue
                }
            }
            let tallies = Dictionary(
                (stored[event] ?? []).map { ($0.allowance, $0.taken) },
                uniquingKeysWith: { first, _ in first })
            ruling.look()
            for allowance in Set(expected.keys).union(tallies.keys) {
                ruling.look()
                let says = tallies[allowance, default: 0]
                let comesTo = expected[allowance, default: 0]
                guard says != comesTo else { continue }
                ruling.report(
                    Violation(
                        "the tally of user \(allowance.user) says \(says) tickets of type "
                            + "\(allowance.ticketType), the rows come to \(comesTo)",
                        event: event))
            }
        }
        return ruling
    }

    /// Whoever writes from outside keeps no tallies; a worker that comes after does it for them.
    private func checkMark(
        _ mark: Int64, of event: EventID, _ line: [StoredBooking], _ ruling: inout Ruling
    ) {
        ruling.look()
        let own = line.last { !evidence.plan.outsideKeys.contains($0.booking.key) }
        let needed = own?.booking.sequence ?? 0
        if mark < needed || mark > line.last?.booking.sequence ?? 0 {
            ruling.report(
                Violation(
                    "tallied up to sequence \(mark), the last row of a worker is \(needed)",
                    event: event))
        }
    }
}

extension Booking {
    /// What counts towards a limit.
    fileprivate var itemsCounted: [BasketItem] {
        switch status {
        case .confirmed, .held, .waitlisted: basket?.items ?? []
        case .pending, .rejected, .cancelled, .expired, .failed: []
        }
    }
}
