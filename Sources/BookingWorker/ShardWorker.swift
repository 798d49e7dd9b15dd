import AMQP
import BookingBroker
import BookingDomain
import BookingStore
import Logging
import Postgres
import Synchronization

/// Serves one shard: takes its lease, consumes its events' queues, applies them in batches.
///
/// Cancelling it is how it is asked to stop: it waits nowhere any longer, finishes the batch in hand,
/// closes its channel so that the rest goes back to the queues in order, and releases the lease.
struct ShardWorker: Sendable {
    let shard: ShardNumber
    let pool: PostgresPool
    let broker: AMQPConfiguration
    let owner: String
    let outcomes: OutcomePublisher
    let condition: ShardCondition
    let metrics: WorkerMetrics
    let quarantine = Quarantine()
    let logger: Logger
    let now: @Sendable () -> Instant

    /// Serves the shard until cancelled; whatever fails, it starts again, with backoff.
    func run() async throws {
        defer { condition.set(.stopped) }
        try await AMQPConnection.withReconnection(
            broker, backoff: .booking, logger: logger
        ) { connection in
            do {
                let leases = LeaseRepository(pool: pool, shard: shard)
                let lease = try await claim(leases)
                condition.set(.serving)
                metrics.owned(epoch: lease.epoch)
                logger.info("the shard is ours", metadata: ["epoch": "\(lease.epoch)"])
                let result = await outcome { try await serve(under: lease, leases, on: connection) }
                await release(lease, leases)
                try result.get()
            } catch {
                // Cancelled here means that the connection has ended, or that we are to stop.
                let isCut = Task.isCancelled
                condition.set(.failed(isCut ? "not connected to the broker" : "\(error)"))
                if !isCut {
                    logger.warning("the shard is given up", metadata: ["problem": "\(error)"])
                }
                throw error
            }
        }
    }

    private func claim(_ leases: LeaseRepository) async throws -> Lease {
        while true {
            if let lease = try await leases.claim(
                owner: owner, duration: WorkerLimits.leaseDuration)
            {
                return lease
            }
            condition.set(.waiting)
            try await Task.sleep(for: WorkerLimits.leaseClaimInterval)
        }
    }

    /// A lease that cannot be released runs out by itself.
    private func release(_ lease: Lease, _ leases: LeaseRepository) async {
        await shielded {
            do { try await leases.release(lease) } catch {
                logger.warning("the lease runs out", metadata: ["problem": "\(error)"])
            }
        }
    }

    private func serve(
        under lease: Lease, _ leases: LeaseRepository, on connection: AMQPConnection
    ) async throws {
        let line = try await ShardLine(on: connection)
        let renewed = LeaseClock()
        let result = await outcome {
            try await withThrowingTaskGroup { group in
                group.addTask { try await discover(for: line) }
                group.addTask { try await keep(lease, leases, renewed) }
                group.addTask { try await consume(line, under: lease, renewed) }
                defer { group.cancelAll() }
                try await group.next()
            }
        }
        await shielded { await line.close() }
        try result.get()
    }

    /// Renews the lease while no batch does.
    private func keep(
        _ lease: Lease, _ leases: LeaseRepository, _ renewed: LeaseClock
    ) async throws {
        while true {
            try await Task.sleep(for: WorkerLimits.leaseRenewalInterval)
            if renewed.age >= WorkerLimits.leaseRenewalInterval {
                try await leases.renew(lease)
                renewed.renew()
            }
        }
    }

    /// Adds the events on sale to the line, new ones at once.
    private func discover(for line: ShardLine) async throws {
        let ledgers = LedgerRepository(pool: pool)
        try await ledgers.listen { notifications in
            try await withThrowingTaskGroup { group in
                group.addTask {
                    while true {
                        for event in try await ledgers.eventsOnSale() {
                            try await add(event, to: line)
                        }
                        try await Task.sleep(for: WorkerLimits.discoveryInterval)
                    }
                }
                group.addTask {
                    for try await event in notifications { try await add(event, to: line) }
                    throw WorkerError.notificationsEnded
                }
                defer { group.cancelAll() }
                try await group.next()
            }
        }
    }

    /// Adds an event to the line, unless its queue hung the line before and still does not answer.
    private func add(_ event: EventID, to line: ShardLine) async throws {
        if quarantine.contains(event) {
            guard await line.answers(for: event) else {
                logger.error(
                    "an event's queue does not answer; its bookings wait",
                    metadata: ["event": "\(event)"])
                return
            }
            quarantine.release(event)
        }
        do throws(BrokerError) { try await line.add(event) } catch {
            if error.code == .unknown { quarantine.take(event) }
            throw error
        }
    }

    private func consume(
        _ line: ShardLine, under lease: Lease, _ renewed: LeaseClock
    ) async throws {
        var applier = BatchApplier(
            lease: lease, repository: LedgerRepository(pool: pool), outcomes: outcomes,
            metrics: metrics, logger: logger, now: now)
        while true {
            let messages = try await line.next(max: WorkerLimits.messagesPerTakeMax)
            applier = try await shielded { [applier] in
                var applier = applier
                var rest = messages[...]
                while let workload = Workload(readingFrom: &rest) {
                    try await applier.apply(workload)
                    renewed.renew()
                    try await line.acknowledge(upTo: workload.lastDeliveryTag)
                }
                return applier
            }
        }
    }
}

/// The events whose queues hung the line; they are tried apart before they may join it again.
final class Quarantine: Sendable {
    private let events = Mutex<Set<EventID>>([])

    func contains(_ event: EventID) -> Bool { events.withLock { $0.contains(event) } }
    func take(_ event: EventID) { events.withLock { _ = $0.insert(event) } }
    func release(_ event: EventID) { events.withLock { _ = $0.remove(event) } }
}

/// When the lease was last renewed, by this process's own clock; only to spare needless renewals.
private final class LeaseClock: Sendable {
    private let renewed = Mutex(ContinuousClock.now)

    var age: Duration { renewed.withLock { .now - $0 } }
    func renew() { renewed.withLock { $0 = .now } }
}
