/// Says when it is looked up which commands were decided before.
///
/// As a rule none was, and the look-up would cost more than the rare batch that the database refuses since
/// it has one of them already. So it is made for a while only, once there is reason to think that commands
/// come again.
struct RecallWindow: Sendable {
    private var end: ContinuousClock.Instant

    /// A shard has just been taken over.
    init(openedAt now: ContinuousClock.Instant) { end = now + WorkerLimits.recallDuration }

    /// Messages came again, or a command had its booking already.
    mutating func open(at now: ContinuousClock.Instant) {
        end = max(end, now + WorkerLimits.recallDuration)
    }

    func isOpen(at now: ContinuousClock.Instant) -> Bool { now < end }
}
