import BookingDomain

/// How long bookings are held.
extension Checker {
    /// How long workers may go on once they are told to stop.
    private static let stopMax = Duration.seconds(60)

    /// No hold lapses before its time, nor much later, nor after it was confirmed.
    ///
    /// The only clock is the database's: the times of the entries, and the time that a tick told.
    func holdsKept() -> Ruling {
        var ruling = Ruling(.holdsKept)
        for event in events {
            for entry in event.log.entries {
                guard case .expire(let keys, let dueAt, _) = entry.body else { continue }
                if dueAt > entry.at {
                    ruling.report(
                        Violation(
                            "a tick told a time that was not yet", event: event.id,
                            sequence: entry.sequence))
                }
                if let end = evidence.plan.workedUntil?.advanced(by: Self.stopMax), entry.at > end {
                    ruling.report(
                        Violation(
                            "it expires at a time at which no worker was left", event: event.id,
                            sequence: entry.sequence))
                }
                for key in keys {
                    ruling.look()
                    if let fault = fault(of: entry, key, dueAt: dueAt, in: event) {
                        ruling.report(
                            Violation(
                                fault, event: event.id, booking: key, sequence: entry.sequence))
                    }
                }
            }
            checkLeftOvers(of: event, &ruling)
        }
        return ruling
    }

    private func fault(
        of entry: Entry, _ key: BookingKey, dueAt: Instant, in event: EventEvidence
    ) -> String? {
        guard
            let before = event.projection.courses[key]?.states
                .last(where: { $0.sequence < entry.sequence }),
            before.status == .held, let hold = before.hold
        else { return "it expired, and was not held" }
        let early = hold.expiresAt.duration(since: min(dueAt, entry.at))
        if early > .zero { return "it expired \(early) before its time" }
        let late = entry.at.duration(since: hold.expiresAt)
        if let expiryMax, late > expiryMax { return "it expired \(late) after its time" }
        return nil
    }

    /// What is held in the end must not have been due for long when the workers were told to stop.
    private func checkLeftOvers(of event: EventEvidence, _ ruling: inout Ruling) {
        guard let expiryMax, let workedUntil = evidence.plan.workedUntil else { return }
        for (key, course) in event.projection.courses {
            guard let hold = course.last.hold else { continue }
            ruling.look()
            let late = workedUntil.duration(since: hold.expiresAt)
            if late > expiryMax {
                ruling.report(
                    Violation(
                        "it is held still, \(late) after its time", event: event.id, booking: key,
                        sequence: course.last.sequence))
            }
        }
    }
}
