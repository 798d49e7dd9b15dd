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

    /// The look-up of a command alone timed out.
    mutating func timedOut(_ command: Command, at now: ContinuousClock.Instant) {
        guard let buyer = Buyer(command) else { return }
        if trials.count >= WorkerLimits.unanswerableMax {
            trials = trials.filter { $0.value.until > now }
        }
        if trials.count >= WorkerLimits.unanswerableMax { trials = [:] }
        let timeouts = trials[buyer].map { $0.until > now ? $0.timeouts : 0 } ?? 0
        trials[buyer] = Trial(
            timeouts: timeouts + 1, until: now + WorkerLimits.unanswerableDuration)
    }

    /// The look-ups of these commands were answered.
    mutating func answered(_ commands: ArraySlice<Command>) {
        guard !isEmpty else { return }
        for command in commands { if let buyer = Buyer(command) { trials[buyer] = nil } }
    }

    /// Whether the command is not to be looked up.
    func contains(_ command: Command, at now: ContinuousClock.Instant) -> Bool {
        guard let trial = Buyer(command).flatMap({ trials[$0] }) else { return false }
        return trial.timeouts >= WorkerLimits.lookUpTrialsMax && trial.until > now
    }
}

extension Buyer {
    /// `nil` for a command of whose buyer nothing is looked up.
    fileprivate init?(_ command: Command) {
        guard command.takesTickets, let user = command.actor else { return nil }
        self.init(user: user, event: command.event)
    }
}
