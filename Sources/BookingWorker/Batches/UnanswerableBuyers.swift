import BookingDomain
import BookingStore

/// Buyers of whose commands the look-up timed out again and again, while others were answered.
///
/// Their commands fail without being looked up for a while, so that each of them does not hold up the
/// shard; then the next one is tried.
struct UnanswerableBuyers {
    private struct Trial {
        /// How often the look-up timed out in a row.
        var timeouts: Int
        /// Until when no other is tried, once that was too often.
        var until: ContinuousClock.Instant
    }

    private var trials: [Buyer: Trial] = [:]

    var isEmpty: Bool { trials.isEmpty }
    var count: Int { trials.count }

    /// The look-up of an entry alone timed out.
    mutating func timedOut(_ entry: Workload.Entry, at now: ContinuousClock.Instant) {
        guard let buyer = Buyer(entry) else { return }
        if trials.count >= WorkerLimits.unanswerableMax {
            trials = trials.filter { $0.value.until > now }
        }
        if trials.count >= WorkerLimits.unanswerableMax { trials = [:] }
        let timeouts = trials[buyer].map { $0.until > now ? $0.timeouts : 0 } ?? 0
        trials[buyer] = Trial(
            timeouts: timeouts + 1, until: now + WorkerLimits.unanswerableDuration)
    }

    /// The look-ups of these entries were answered.
    mutating func answered(_ entries: ArraySlice<Workload.Entry>) {
        guard !isEmpty else { return }
        for entry in entries { if let buyer = Buyer(entry) { trials[buyer] = nil } }
    }

    /// Whether the entry is not to be looked up.
    func contains(_ entry: Workload.Entry, at now: ContinuousClock.Instant) -> Bool {
        guard let trial = Buyer(entry).flatMap({ trials[$0] }) else { return false }
        return trial.timeouts >= WorkerLimits.lookUpTrialsMax && trial.until > now
    }
}

extension Buyer {
    /// `nil` for a command that could not be read and failed, of which nothing is looked up.
    fileprivate init?(_ entry: Workload.Entry) {
        guard case .book(let command) = entry.command else { return nil }
        self.init(user: command.user, event: entry.event)
    }
}
