import BookingDomain
import BookingStore
import Synchronization

/// Renews a lease while a shard is being served, whatever else is cancelled meanwhile.
final class LeaseKeeper: Sendable {
    private let standing: Mutex<LeaseStanding>
    private let time: Mutex<DatabaseTime>

    private init(_ standing: LeaseStanding, _ time: DatabaseTime) {
        self.standing = Mutex(standing)
        self.time = Mutex(time)
    }

    /// Runs `body` and keeps the lease, which was asked for at `sentAt`, until it has ended.
    static func keeping<Value>(
        _ claimed: ClaimedLease, sentAt: ContinuousClock.Instant, _ leases: any LeaseStore,
        _ body: (LeaseKeeper) async throws -> Value
    ) async throws -> Value {
        let lease = claimed.lease
        let keeper = LeaseKeeper(
            LeaseStanding(lasting: lease.duration, sentAt: sentAt), claimed.time)
        // No child of ours: what cancels the body must not end it, for the body ends in order.
        let renewals = Task { await keeper.renew(lease, leases) }
        let result = await outcome { try await body(keeper) }
        renewals.cancel()
        await renewals.value
        return try result.get()
    }

    /// Whether the shard has been paused; throws when the lease is lost, or may be.
    var isPaused: Bool { get throws { try standing.withLock { try $0.isPaused(at: .now) } } }

    /// The database's time, which alone decides what is due or over.
    var now: Instant { time.withLock { $0 }.instant() }

    /// What was sent at `sentAt`, or later, went through the fence.
    func kept(sentAt: ContinuousClock.Instant) { standing.withLock { $0.kept(sentAt: sentAt) } }

    private func renew(_ lease: Lease, _ leases: any LeaseStore) async {
        var interval = WorkerLimits.leaseRenewalInterval
        while (try? await Task.sleep(for: interval)) != nil {
            let sentAt = ContinuousClock.now
            do throws(StoreError) {
                let renewed = try await leases.renew(lease)
                time.withLock { $0 = $0.followed(by: renewed.time) }
                standing.withLock { $0.renewed(sentAt: sentAt, isPaused: renewed.isPaused) }
                interval = WorkerLimits.leaseRenewalInterval
            } catch {
                standing.withLock { $0.failed(error, isSessionOver: !leases.isOpen) }
                interval = WorkerLimits.leaseRetryInterval
            }
        }
    }
}
