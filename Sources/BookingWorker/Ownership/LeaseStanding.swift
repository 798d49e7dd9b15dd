import BookingStore

/// What an owner knows of its lease, from what became of its renewals and batches.
///
/// The lease is `held` for its time since the last success was *sent*, which was before the database's clock
/// began to count. A renewal that fails changes nothing: it may just have waited for the owner's own batch.
/// The lease is `lost` when that time is over, when the database names another owner, or when the session ends
/// that shows that the owner lives.
struct LeaseStanding: Sendable {
    private enum State {
        case held(until: ContinuousClock.Instant, lastFailure: StoreError?)
        case lost(StoreError)
    }

    private var state: State
    private var isPaused = false
    private let duration: Duration

    /// A lease that was asked for at `sentAt`.
    init(lasting duration: Duration, sentAt: ContinuousClock.Instant) {
        self.duration = duration
        state = .held(until: sentAt + duration, lastFailure: nil)
    }

    /// A batch or a renewal that was sent at `sentAt` kept the lease.
    mutating func kept(sentAt: ContinuousClock.Instant) {
        guard case .held(let end, _) = state else { return }
        state = .held(until: max(end, sentAt + duration), lastFailure: nil)
    }

    /// A renewal succeeded, and told whether the shard is paused.
    mutating func renewed(sentAt: ContinuousClock.Instant, isPaused: Bool) {
        kept(sentAt: sentAt)
        self.isPaused = isPaused
    }

    /// A renewal failed, perhaps with the end of the session.
    mutating func failed(_ error: StoreError, isSessionOver: Bool) {
        guard case .held(let end, _) = state else { return }
        state =
            error.code == .fenced || isSessionOver
            ? .lost(error) : .held(until: end, lastFailure: error)
    }

    /// Whether the shard is paused; throws when the lease is lost, or may be.
    func isPaused(at now: ContinuousClock.Instant) throws(StoreError) -> Bool {
        switch state {
        case .held(let end, _) where now < end: return isPaused
        case .held(_, let failure):
            throw failure ?? StoreError(.unavailable, "the lease could not be renewed in time")
        case .lost(let error): throw error
        }
    }
}
