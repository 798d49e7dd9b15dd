import BookingDomain
import BookingHistory

/// What clients were told of bookings and changes.
extension Checker {
    /// Every answer about a booking or a change says what the log says of it at that sequence.
    func oneOutcome() -> Ruling {
        var ruling = evidence.history.oneOutcome
        for sighting in evidence.history.sightings where sighting.status != .pending {
            ruling.look()
            // A booking that is in no log is for another rule.
            guard let course = courses[sighting.id.key] else { continue }
            if !course.has(sighting) {
                ruling.report(
                    Violation(
                        "answered \(sighting.words); the log has \(course.words)",
                        event: sighting.id.event, booking: sighting.id.key,
                        time: sighting.span.end))
            }
        }
        for sighting in evidence.history.changes.sightings {
            ruling.look()
            guard let change = changes[sighting.command] else { continue }
            let outcome: ChangeHistory.Sighting.Outcome =
                change.refusal.map { .refused($0) } ?? .applied
            let isSame = sighting.outcome == .pending || sighting.outcome == outcome
            if !isSame || sighting.booking.key != change.booking {
                ruling.report(
                    Violation(
                        "the change was answered \(sighting.outcome), its row is \(outcome)",
                        event: change.event, booking: change.booking, sequence: change.sequence,
                        time: sighting.span.end))
            }
        }
        return ruling
    }

    /// Of two looks at a booking, one after the other, the later never shows an earlier state; nor is a change
    /// pending that was decided before.
    func statusForward() -> Ruling {
        var ruling = Ruling(.statusForward)
        let looks = Dictionary(
            grouping: evidence.history.sightings.lazy.filter(\.isLook), by: \.id.key)
        for (key, looks) in looks {
            ruling.look(at: looks.count)
            let places = looks.map { courses[key]?.place(of: $0) ?? 0 }
            for (place, look) in zip(places, looks) {
                for (earlierPlace, earlier) in zip(places, looks)
                where earlier.span.end < look.span.start && earlierPlace > place {
                    ruling.report(
                        Violation(
                            "\(earlier.words) until \(earlier.span.end.seconds), "
                                + "then \(look.words)",
                            event: look.id.event, booking: key, time: look.span.end))
                }
            }
        }
        let changes = Dictionary(
            grouping: evidence.history.changes.sightings, by: \.command)
        for looks in changes.values {
            ruling.look(at: looks.count)
            let decided = looks.lazy.filter { $0.outcome != .pending }.map(\.span.end).min()
            for look in looks where look.outcome == .pending {
                guard let decided, decided < look.span.start else { continue }
                ruling.report(
                    Violation(
                        "a change is pending that was decided at \(decided.seconds)",
                        event: look.booking.event, booking: look.booking.key,
                        time: look.span.end))
            }
        }
        return ruling
    }
}

extension Course {
    /// Whether the booking was as an answer says.
    fileprivate func has(_ sighting: History.Sighting) -> Bool {
        guard let state = state(of: sighting) else { return false }
        let expiresAt = sighting.expiresAt ?? state.hold?.expiresAt
        return state.status == sighting.status && state.reason == sighting.reason
            && state.hold?.expiresAt == expiresAt && sighting.sequence == first.sequence
            && sighting.decidedAt == decidedAt
            && sighting.createdAt == acceptedAt ?? sighting.createdAt
            && sighting.id.basket == basket ?? sighting.id.basket && sighting.id.flags == flags
    }

    /// The place in the line of the last change that an answer shows; 0 for a pending booking.
    fileprivate func place(of sighting: History.Sighting) -> Int64 {
        sighting.status == .pending ? 0 : state(of: sighting)?.sequence ?? 0
    }

    /// The state an answer shows; the last of its status, where the answer does not say which.
    private func state(of sighting: History.Sighting) -> State? {
        guard let sequence = sighting.asOfSequence else {
            return states.last { $0.status == sighting.status }
        }
        return state(asOf: sequence)
    }

    /// All that it was, in words.
    fileprivate var words: String {
        let states = states.map { "\($0.status.rawValue) at \($0.sequence)" }
        return states.joined(separator: ", ")
            + ", decided \(decidedAt.microsecondsSinceEpoch)"
    }
}

extension History.Sighting {
    fileprivate var words: String {
        let outcome = [status.rawValue, reason?.rawValue].compactMap { $0 }.joined(separator: " ")
        let decided = decidedAt.map { "\($0.microsecondsSinceEpoch)" } ?? "never"
        let places = [sequence, asOfSequence].map { $0.map(String.init) ?? "none" }
        return "\(outcome), sequence \(places.joined(separator: " as of ")), decided \(decided)"
    }
}
