import BookingDomain
import BookingHistory

/// Rows and requests, one for the other.
extension Checker {
    /// Whatever was accepted stands in the tables.
    func nothingLost() -> Ruling {
        var ruling = Ruling(.nothingLost)
        for request in evidence.history.requests {
            guard let id = request.id else { continue }
            ruling.look()
            if rows[id.key] == nil {
                ruling.report(
                    Violation(
                        "accepted, and there is no such row", event: id.event, booking: id.key,
                        time: request.acceptedEnd))
            }
        }
        for request in evidence.history.changes.requests {
            guard let command = request.command else { continue }
            ruling.look()
            if changes[command] == nil {
                ruling.report(
                    Violation(
                        "the request to \(request.verb) was accepted, and there is no such change",
                        event: request.booking.event, booking: request.booking.key,
                        time: request.acceptedEnd))
            }
        }
        return ruling
    }

    /// Whatever stands in the tables was asked for, by that user, of that event, that basket.
    func nothingInvented() -> Ruling {
        var ruling = Ruling(.nothingInvented)
        var seen: Set<BookingKey> = []
        for row in evidence.tables.bookings.lazy.map(\.booking) {
            ruling.look()
            if !seen.insert(row.key).inserted {
                ruling.report(Violation("the key stands in the tables once more", row))
                continue
            }
            switch attribution.origin(of: row.key) {
            case .unanswered, .planted: break
            case .nobody: ruling.report(Violation("nobody asked for this booking", row))
            case .answered(let index):
                let request = evidence.history.requests[index]
                if row.event != request.event || row.user != request.user
                    || row.basket != request.basket || row.flags != request.flags
                {
                    ruling.report(
                        Violation(
                            "the row has another event, user, basket or kind than the request",
                            row, time: request.firstStart))
                }
            }
        }
        checkChanges(&ruling)
        return ruling
    }

    /// Each change in the logs was asked for, of that booking and with that verb.
    ///
    /// Of requests whose answers told no id, as many are believed as there are.
    private func checkChanges(_ ruling: inout Ruling) {
        struct Wish: Hashable {
            let booking: BookingKey
            let verb: Command.Verb
        }
        let history = evidence.history.changes
        var open: [Wish: Int] = [:]
        for request in history.requests where request.command == nil && request.mayBeTaken {
            open[Wish(booking: request.booking.key, verb: request.verb.verb), default: 0] += 1
        }
        for event in events {
            for entry in event.log.entries {
                guard case .change(let verb, let booking, _) = entry.body else { continue }
                ruling.look()
                if let index = history.requestOfCommand[entry.command] {
                    let request = history.requests[index]
                    guard request.booking.key != booking || request.verb.verb != verb else {
                        continue
                    }
                } else if let count = open[Wish(booking: booking, verb: verb)], count > 0 {
                    open[Wish(booking: booking, verb: verb)] = count - 1
                    continue
                }
                ruling.report(
                    Violation(
                        "nobody asked to \(verb) this booking", event: event.id, booking: booking,
                        sequence: entry.sequence))
            }
        }
    }
}
