import BookingDomain

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
                    || row.basket != request.basket
                {
                    ruling.report(
                        Violation(
                            "the row has another event, user or basket than the request", row,
                            time: request.firstStart))
                }
            }
        }
        return ruling
    }
}
