import BookingStore
import Synchronization

/// Renews a lease while a shard is being served, whatever else is cancelled meanwhile.
final class LeaseKeeper: Sendable {
    private let standing: Mutex<LeaseStanding>

    private init(_ standing: LeaseStanding) { self.standing = Mutex(standing) }

    /// Runs `body` and keeps the lease, which was asked for at `sentAt`, until it has ended.
    static func keeping<Value>(
        _ lease: Lease, sentAt: ContinuousClock.Instant, _ leases: LeaseRepository,
        _ body: (LeaseKeeper) async throws -> Value
    ) async throws -> Value {
        let keeper = LeaseKeeper(LeaseStanding(lasting: lease.duration, sentAt: sentAt))
        // No child of ours: what cancels the body must not end it, for the body ends in order.
        let renewals = Task { await keeper.renew(lease, leases) }
        let result = await outcome { try await body(keeper) }
        renewals.cancel()
        await renewals.value
        return try result.get()
    }

    /// Whether the shard has been paused; throws when the lease is lost, or may be.
    var isPaused: Bool { get throws { try standing.withLock { try $0.isPaused(at: .now) } } }

    /// What was sent at `sentAt`, or later, went through the fence.
    func kept(sentAt: ContinuousClock.Instant) { standing.withLock { $0.kept(sentAt: sentAt) } }

    private func renew(_ lease: Lease, _ leases: LeaseRepository) async {
        var interval = WorkerLimits.leaseRenewalInterval
        while (try? await Task.sleep(for: interval)) != nil {
            let sentAt = ContinuousClock.now
            do throws(StoreError) {
                let isPaused = try await leases.renew(lease)
                standing.withLock { $0.renewed(sentAt: sentAt, isPaused: isPaused) }
                interval = WorkerLimits.leaseRenewalInterval
            } catch {
                standing.withLock { $0.failed(error, isSessionOver: !leases.isOpen) }
                interval = WorkerLimits.leaseRetryInterval
            }
        }
    }
}
