import AMQP
import BookingBroker
import BookingDomain
import BookingStore
import Logging
import Postgres
import Synchronization

/// Serves one shard whenever its lease can be had.
///
/// Cancelling it is how it is asked to stop: what it serves is handed over in order.
struct ShardWorker: Sendable {
    let shard: ShardNumber
    let pool: PostgresPool
    let broker: AMQPConfiguration
    let owner: String
    let holdings: Holdings
    let outcomes: OutcomePublisher
    let ticks: OwnerPublisher
    let condition: ShardCondition
    let metrics: WorkerMetrics
    let trials: TrialGate
    let acceptance: MessageAcceptance
    let quarantine = Quarantine()
    private let troubles = ShardTroubles()
    let logger: Logger
    let now: @Sendable () -> Instant

    /// The shard's database.
    var ledgers: LedgerRepository { LedgerRepository(pool: pool) }

    /// Serves the shard until cancelled; whatever fails, it starts again, with backoff.
    func run() async throws {
        defer { condition.set(.stopped) }
        try await AMQPConnection.withReconnection(
            broker, backoff: .booking, logger: logger, onFailure: { _ in holdings.fail() }
        ) { connection in
            do {
                try await LeaseRepository.with(pool, shard: shard) { leases in
                    while true { try await own(with: leases, on: connection) }
                }
            } catch {
                // Cancelled here means that the connection has ended, or that we are to stop.
                let isCut = Task.isCancelled
                condition.set(.failed(isCut ? "not connected to the broker" : "\(error)"))
                if !isCut, troubles.failed("\(error)") {
                    logger.warning("the shard is given up", metadata: ["problem": "\(error)"])
                }
                throw error
            }
        }
    }

    /// Waits for the lease, serves the shard, and gives the lease back.
    private func own(with leases: any LeaseStore, on connection: AMQPConnection) async throws {
        let (claimed, claimedAt) = try await claim(leases)
        let began = ContinuousClock.now
        metrics.claimed(claimed)
        troubles.forget()
        condition.set(.serving)
        logger.info(
            claimed.isTakeover
                ? "the shard is ours: its owner is dead or frozen" : "the shard is ours",
            metadata: [
                "epoch": "\(claimed.lease.epoch)", "crashes": "\(claimed.recentCrashes)",
            ])
        let tenure = ShardTenure(
            worker: self, claimed: claimed, leases: leases, connection: connection,
            claimedAt: claimedAt, began: began)
        let result = await outcome { try await tenure.serve() }
        let isReleased = await release(claimed.lease, leases)
        holdings.gaveBack(shard)
        let isOrderly = if case .success = result { isReleased } else { false }
        metrics.gaveBack(orderly: isOrderly)
        condition.parked(0)
        try result.get()
        condition.set(.waiting)
        logger.info("the shard is handed over", metadata: ["epoch": "\(claimed.lease.epoch)"])
    }

    /// Asks for the lease until it is ours; returns when it was asked for, too.
    private func claim(
        _ leases: any LeaseStore
    ) async throws -> (ClaimedLease, at: ContinuousClock.Instant) {
        while true {
            try Task.checkCancellation()
            await tellSurvived()
            let claim = LeaseClaim(
                owner: owner, duration: WorkerLimits.leaseDuration,
                wantsMore: holdings.beginClaim(), orphanedAfter: WorkerLimits.orphanedAfter,
                crashesPerMinuteMax: WorkerLimits.crashesPerMinuteMax)
            let sentAt = ContinuousClock.now
            let claimed: ClaimedLease?
            do { claimed = try await leases.claim(claim) } catch {
                holdings.endClaim(of: shard, isTaken: false)
                throw error
            }
            holdings.endClaim(of: shard, isTaken: claimed != nil)
            if let claimed { return (claimed, sentAt) }
            condition.set(.waiting)
            try await Task.sleep(for: WorkerLimits.leaseClaimInterval)
        }
    }

    /// Tells the database which suspects this process has survived, in case it does not know yet.
    func tellSurvived() async {
        // Another time, if it cannot be told now.
        try? await trials.tellSurvived(in: shard) { messages in
            try await ledgers.forgetTrials(of: messages, in: trials.process)
        }
    }

    /// A lease that cannot be released runs out by itself, or with its session.
    private func release(_ lease: Lease, _ leases: any LeaseStore) async -> Bool {
        do { return try await shielded { try await leases.release(lease) } } catch {
            logger.warning("the lease runs out", metadata: ["problem": "\(error)"])
            return false
        }
    }
}

/// What keeps a shard from being served, as far as it is told.
private final class ShardTroubles: Sendable {
    private let failures = Mutex(RepeatedFailures())

    /// The shard could not be served; whether to tell.
    func failed(_ reason: String) -> Bool { failures.withLock { $0.failed(reason) } }
    func forget() { failures.withLock { $0 = RepeatedFailures() } }
}
