import BookingDomain

/// What the tables say that buyers have of limited ticket types.
extension Checker {
    /// The tallies are what the logs come to, as far as they go, and they go as far as workers wrote.
    func talliesAgree() -> Ruling {
        var ruling = Ruling(.talliesAgree)
        let stored = Dictionary(grouping: evidence.tables.tallies, by: \.event)
        for event in events {
            guard let sale = event.sale else { continue }
            let limited = sale.ticketTypes.filter { $0.value.maxPerUser != nil }.keys
            let mark = evidence.tables.tallied[event.id] ?? 0
            if !limited.isEmpty { checkMark(mark, of: event, &ruling) }
            var expected: [Allowance: Int] = [:]
            for (allowance, steps) in event.projection.taken
            where limited.contains(allowance.ticketType) {
                expected[allowance] = steps.last { $0.sequence <= mark }?.count ?? 0
            }
            let tallies = Dictionary(
                (stored[event.id] ?? []).map { ($0.allowance, $0.taken) },
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
                            + "\(allowance.ticketType), the log comes to \(comesTo)",
                        event: event.id))
            }
        }
        return ruling
    }

    /// Whoever writes from outside keeps no tallies; a worker that comes after does it for them.
    private func checkMark(_ mark: Int64, of event: EventEvidence, _ ruling: inout Ruling) {
        ruling.look()
        let own = event.log.entries.last {
            !evidence.plan.outsideKeys.contains(BookingKey(bits: $0.command.bits))
        }
        let needed = own?.sequence ?? 0
        if mark < needed || mark > event.log.entries.last?.sequence ?? 0 {
            ruling.report(
                Violation(
                    "tallied up to sequence \(mark), the last entry of a worker is \(needed)",
                    event: event.id))
        }
    }
}
