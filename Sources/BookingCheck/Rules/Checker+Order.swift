import BookingDomain

/// Who stands before whom.
extension Checker {
    /// What was known to be accepted before another request was sent stands before that other.
    ///
    /// One pass along each log is enough: nothing may have been accepted before the latest start
    /// among those that stand before it.
    func firstComeFirstServed() -> Ruling {
        var ruling = Ruling(.firstComeFirstServed)
        for event in events {
            var latest: (start: Int64, sequence: Int64)?
            for entry in event.log.entries {
                guard let (start, acceptedEnd) = times(of: entry) else { continue }
                ruling.look()
                if let latest, let acceptedEnd, acceptedEnd < latest.start {
                    ruling.report(
                        Violation(
                            "accepted at \(acceptedEnd.seconds), yet after sequence "
                                + "\(latest.sequence), first sent at \(latest.start.seconds)",
                            event: event.id, sequence: entry.sequence, time: acceptedEnd))
                }
                if start > latest?.start ?? .min { latest = (start, entry.sequence) }
            }
        }
        return ruling
    }

    /// When an entry's command was first sent, and when its sender knew it was taken; `nil` for what no client
    /// asked for, as far as is known.
    func times(of entry: Entry) -> (start: Int64, acceptedEnd: Int64?)? {
        switch entry.body {
        case .book, .undecodable:
            switch attribution.origin(of: BookingKey(bits: entry.command.bits)) {
            case .answered(let index):
                let request = evidence.history.requests[index]
                return (request.firstStart, request.acceptedEnd)
            case .unanswered(let start): return (start, nil)
            case .planted, .nobody: return nil
            }
        case .change:
            guard let index = evidence.history.changes.requestOfCommand[entry.command] else {
                return nil
            }
            let request = evidence.history.changes.requests[index]
            return (request.firstStart, request.acceptedEnd)
        case .expire: return nil
        }
    }
}

extension Int64 {
    /// Microseconds, in seconds to the microsecond.
    var seconds: String {
        let fraction = String(1_000_000 + self % 1_000_000).dropFirst()
        return "\(self / 1_000_000).\(fraction) s"
    }
}
