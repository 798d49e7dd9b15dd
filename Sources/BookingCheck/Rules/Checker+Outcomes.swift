import BookingDomain
import BookingHistory

/// What clients were told of bookings.
extension Checker {
    /// Every answer about a booking says what its row says, and so what every other answer says.
    func oneOutcome() -> Ruling {
        var ruling = evidence.history.oneOutcome
        for sighting in evidence.history.sightings where sighting.status != .pending {
            ruling.look()
            // A booking without a row is for another rule.
            guard let row = rows[sighting.id.key] else { continue }
            let isSame =
                sighting.status == row.status
                ? sighting.reason == row.reason : sighting.status.leads(to: row.status)
            if !isSame || sighting.sequence != row.sequence || sighting.decidedAt != row.decidedAt
                || sighting.createdAt != row.createdAt || sighting.id.basket != row.basket
                || sighting.id.event != row.event
            {
                ruling.report(
                    Violation(
                        "answered \(sighting.words); the row is \(row.words)", row,
                        time: sighting.span.end))
            }
        }
        return ruling
    }

    /// Of two looks at a booking, one after the other, the later never shows an earlier status.
    ///
    /// For each status of a booking the earliest end of a look that showed it is all one has to know.
    func statusForward() -> Ruling {
        var ruling = Ruling(.statusForward)
        var seen: [BookingKey: StatusEnds] = [:]
        for sighting in evidence.history.sightings where sighting.isLook {
            seen[sighting.id.key, default: StatusEnds()].add(sighting.status, sighting.span.end)
        }
        for sighting in evidence.history.sightings where sighting.isLook {
            ruling.look()
            guard let ends = seen[sighting.id.key] else { continue }
            for status in BookingStatus.allCases {
                if let end = ends[status], end < sighting.span.start,
                    !status.leads(to: sighting.status)
                {
                    ruling.report(
                        Violation(
                            "\(status) until \(end.seconds), then \(sighting.status)",
                            event: sighting.id.event, booking: sighting.id.key,
                            time: sighting.span.end))
                }
            }
        }
        for (key, ends) in seen {
            guard let row = rows[key] else { continue }
            for status in BookingStatus.allCases {
                if let end = ends[status], !status.leads(to: row.status) {
                    ruling.report(Violation("\(status), in the end \(row.status)", row, time: end))
                }
            }
        }
        return ruling
    }
}

/// When each status of a booking was first seen, by the end of the look.
private struct StatusEnds {
    private var ends = [Int64?](repeating: nil, count: BookingStatus.allCases.count)

    subscript(_ status: BookingStatus) -> Int64? { ends[status.place] }

    mutating func add(_ status: BookingStatus, _ end: Int64) {
        ends[status.place] = min(ends[status.place] ?? .max, end)
    }
}

extension BookingStatus {
    /// Its place among all statuses.
    fileprivate var place: Int {
        switch self {
        case .pending: 0
        case .confirmed: 1
        case .held: 2
        case .waitlisted: 3
        case .rejected: 4
        case .cancelled: 5
        case .expired: 6
        case .failed: 7
        }
    }

    /// Whether a booking of this status may be of status `other` now or some time later.
    fileprivate func leads(to other: BookingStatus) -> Bool {
        // No path over the arrows is a circle, so the search ends.
        self == other
            || Self.allCases.contains { canBecome($0) && $0.leads(to: other) }
    }
}

extension History.Sighting {
    fileprivate var words: String {
        let outcome = [status.rawValue, reason?.rawValue].compactMap { $0 }.joined(separator: " ")
        let decided = decidedAt.map { "\($0.microsecondsSinceEpoch)" } ?? "never"
        return "\(outcome), sequence \(sequence.map(String.init) ?? "none"), decided \(decided)"
    }
}

extension Booking {
    fileprivate var words: String {
        "\(outcome), sequence \(sequence), decided \(decidedAt.microsecondsSinceEpoch)"
    }
}
