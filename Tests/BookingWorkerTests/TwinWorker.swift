import BookingBroker
import BookingDomain
import BookingMessages
import BookingStore
import BookingTestSupport
import BookingWorkerTestSupport
import Synchronization

@testable import BookingWorker

/// A worker's applier on a shard in memory that has one event, and its lease.
final class TwinWorker: Sendable {
    let event: EventID
    let shard: TwinShard
    private let calls = Mutex<[StoreCall: Int]>([:])
    private let now = Mutex(ContinuousClock.now)

    init(capacities: [Int] = [1000], maxPerUser: Int? = nil) throws {
        let event = try TestEvents.event(capacities: capacities, maxPerUser: maxPerUser)
        self.event = event.id
        shard = TwinShard(shard: event.id.shard, now: TestEvents.now)
        shard.with { $0.insert(event) }
    }

    var bookings: [Booking] { shard.content.bookings(of: event) }

    /// How often something was asked of the database.
    func count(_ call: StoreCall) -> Int { calls.withLock { $0[call] ?? 0 } }

    func timePasses(_ duration: Duration) { now.withLock { $0 += duration } }

    /// An applier of a process that takes the shard now, from whomever had it.
    func applier(
        in process: ProcessIdentity = ProcessIdentity(random: 1),
        killedBy killer: BookingKey? = nil, telling deadlines: any DeadlineSink = NoDeadlines()
    ) async throws -> BatchApplier {
        let store = TwinStore(shard) { [self] call, commands in
            calls.withLock { $0[call, default: 0] += 1 }
            let isDeadly = commands.contains { $0.kind == .book && $0.key == killer }
            return call == .recallTaken && isDeadly
                ? .failed(StoreError(.unavailable, "the process is dead")) : .answered
        }
        shard.with { $0.lease.expire() }
        let claim = LeaseClaim(owner: "a", duration: .seconds(60))
        return BatchApplier(
            claimed: try await TwinLeaseSession(shard).claim(claim).orThrow(), store: store,
            outcomes: TwinOutcomes(), trials: TrialGate(process: process),
            acceptance: MessageAcceptance(),
            metrics: WorkerMetrics(shard: event.shard), logger: TestWorker.quiet,
            clock: WorkerClock(
                database: { [shard] in shard.with { $0.lease.now } },
                monotonic: { [self] in now.withLock { $0 } }),
            deadlines: deadlines)
    }

    func message(_ commands: [Command], isRedelivered: Bool = false) -> QueuedMessage {
        QueuedMessage(
            event: event, body: CommandMessage(event: event, commands: commands).encoded,
            type: CommandMessage.type, place: DeliveryPlace(channel: 1, tag: 1),
            isRedelivered: isRedelivered)
    }

    func workload(_ commands: [Command], isRedelivered: Bool = false) -> Workload {
        Workload(message(commands, isRedelivered: isRedelivered), as: MessageAcceptance())
    }
}

/// Hears of deadlines that nobody heeds.
struct NoDeadlines: DeadlineSink {
    func committed(_ deadlines: [EventID: Deadline]) {}
}
