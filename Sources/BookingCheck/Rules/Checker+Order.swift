import BookingDomain

/// Who stands before whom.
extension Checker {
    /// Whose acceptance was known before another was sent stands before that other.
    ///
    /// One pass along each line is enough: nobody may have been accepted before the latest start
    /// among those who stand before.
    func firstComeFirstServed() -> Ruling {
        var ruling = Ruling(.firstComeFirstServed)
        for (_, line) in sortedLines {
            var latest: (start: Int64, row: Booking)?
            for row in line.lazy.map(\.booking) {
                guard let (start, acceptedEnd) = times(of: row.key) else { continue }
                ruling.look()
                if let latest, let acceptedEnd, acceptedEnd < latest.start {
                    ruling.report(
                        Violation(
                            "accepted at \(acceptedEnd.seconds), yet after sequence "
                                + "\(latest.row.sequence), first sent at \(latest.start.seconds)",
                            row, time: acceptedEnd))
                }
                if start > latest?.start ?? .min { latest = (start, row) }
            }
        }
        return ruling
    }

    /// When a booking was first sent, and when its buyer knew it was taken.
    private func times(of key: BookingKey) -> (start: Int64, acceptedEnd: Int64?)? {
        switch attribution.origin(of: key) {
        case .answered(let index):
            let request = evidence.history.requests[index]
            return (request.firstStart, request.acceptedEnd)
        case .unanswered(let start): return (start, nil)
        case .planted, .nobody: return nil
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
