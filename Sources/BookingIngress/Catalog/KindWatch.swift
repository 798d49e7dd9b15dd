import BookingDomain
import BookingStore
import Logging
import Synchronization

/// Which kinds of command may be sent to which shard: those that every version reads, and those that the
/// shard's owners have read for some time, as the lease's row says.
///
/// While versions change, a shard may go to an owner of the one before, and to and fro: a command that it does
/// not know would wait there, with all behind it. So such a kind is not offered at once.
final class KindWatch: Sendable {
    /// How often the rows are read.
    static let interval = Duration.seconds(1)
    /// For how long a shard's owners must have read a kind before it is sent to them.
    static let settledAfter = Duration.seconds(10)
    /// How old the last reading of a shard may be for sending on the strength of it.
    static let ageMax = Duration.seconds(5)

    private struct Reading {
        let kinds: [String: Duration]
        let at: ContinuousClock.Instant
    }

    private let store: any KindStore
    private let shards: [ShardNumber]
    /// The kinds that are sent to anybody.
    private let readByAll: Set<CommandKind>
    /// Whether those are all there are, and nothing need be asked.
    private let areAllRead: Bool
    private let logger: Logger
    private let readings = Mutex<[ShardNumber: Reading]>([:])

    init(
        store: any KindStore, shards: [ShardNumber], readByAll: Set<CommandKind>, logger: Logger
    ) {
        self.store = store
        self.shards = shards
        self.readByAll = readByAll
        self.logger = logger
        areAllRead = readByAll.count == CommandKind.allCases.count
    }

    /// Whether a command of that kind may be sent to the shard.
    func offers(
        _ kind: CommandKind, to shard: ShardNumber, at now: ContinuousClock.Instant = .now
    ) -> Bool {
        guard !areAllRead, !readByAll.contains(kind) else { return true }
        guard let reading = readings.withLock({ $0[shard] }), now - reading.at < Self.ageMax,
            let time = reading.kinds[kind.rawValue]
        else { return false }
        return time > Self.settledAfter
    }

    /// Reads what the owners say, until cancelled.
    func run() async {
        guard !areAllRead else { return }
        await withDiscardingTaskGroup { group in
            for shard in shards {
                group.addTask {
                    while !Task.isCancelled {
                        await self.read(shard)
                        try? await Task.sleep(for: Self.interval)
                    }
                }
            }
        }
    }

    /// Reads what the owner of one shard says.
    func read(_ shard: ShardNumber) async {
        // Older than the answer, so that nothing is believed for too long.
        let now = ContinuousClock.now
        do throws(StoreError) {
            let kinds = try await store.kinds(of: shard)
            readings.withLock { $0[shard] = Reading(kinds: kinds, at: now) }
        } catch {
            logger.debug(
                "it cannot be read which commands a shard's owner knows",
                metadata: ["shard": "\(shard)", "error": "\(error)"])
        }
    }
}
