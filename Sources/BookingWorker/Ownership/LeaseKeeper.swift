import BookingStore
import Synchronization

/// Renews a lease while a shard is being served, whatever else is cancelled meanwhile.
final class LeaseKeeper: Sendable {
    private let state = Mutex<Result<Bool, any Error>>(.success(false))

    /// Runs `body` and keeps the lease until it has ended.
    static func keeping<Value>(
        _ lease: Lease, _ leases: LeaseRepository, _ body: (LeaseKeeper) async throws -> Value
    ) async throws -> Value {
        let keeper = LeaseKeeper()
        // No child of ours: what cancels the body must not end it, for the body ends in order.
        let renewals = Task { await keeper.renew(lease, leases) }
        let result = await outcome { try await body(keeper) }
        renewals.cancel()
        await renewals.value
        return try result.get()
    }

    /// Whether the shard has been paused; throws when the lease is lost or cannot be renewed.
    var isPaused: Bool { get throws { try state.withLock { $0 }.get() } }

    private func renew(_ lease: Lease, _ leases: LeaseRepository) async {
        do {
            while true {
                try await Task.sleep(for: WorkerLimits.leaseRenewalInterval)
                let isPaused = try await leases.renew(lease)
                state.withLock { $0 = .success(isPaused) }
            }
        } catch {
            state.withLock { $0 = .failure(error) }
        }
    }
}
