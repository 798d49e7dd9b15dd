import BookingStore
import Logging

/// Keeps this worker among those that live, and its share fair.
struct Roster: Sendable {
    let name: String
    let shards: Int
    let workers: WorkerRepository
    let holdings: Holdings
    /// Whether the broker takes what this worker has to say.
    let isConnected: @Sendable () -> Bool
    let logger: Logger

    /// Tells and asks again and again until cancelled.
    ///
    /// While the directory is out of reach nobody moves shards; those of dead workers are taken over
    /// all the same.
    func run() async throws {
        var lastShare: Int?
        var isReached = true
        while true {
            do {
                let share = try await beat()
                if share.count != lastShare {
                    logger.info(
                        "the fair share of this worker",
                        metadata: ["shards": "\(share.count)", "of": "\(shards)"])
                }
                lastShare = share.count
                isReached = true
            } catch {
                if isReached {
                    logger.warning(
                        "the other workers are not to be seen: no shard is given to them",
                        metadata: ["problem": "\(error)"])
                }
                isReached = false
            }
            try await Task.sleep(for: WorkerLimits.beatInterval)
        }
    }

    /// Says that this worker stops, so that the others take what it gives back.
    func announceStop() async {
        holdings.stop()
        await shielded { () async -> Void in _ = try? await beat() }
    }

    /// Strikes this worker off.
    func retire() async {
        // If it cannot be done, the row is seen to be old after a moment.
        await shielded { () async -> Void in try? await workers.retire(name) }
    }

    @discardableResult
    private func beat() async throws -> FairShare {
        let standing = WorkerStanding(
            name: name, shards: holdings.served, isAble: holdings.isAble && isConnected())
        let others = try await workers.beat(standing)
        let share = FairShare(of: standing, beside: others, shards: shards)
        holdings.settle(share)
        return share
    }
}
