import BookingDomain
import BookingStore

/// How many of the shards one worker should have, beside the others.
///
/// Every worker computes it from the same rows and comes to the same result: each that is able gets
/// as many as every other, and what is left over stays with those that have most already, so that no
/// shard moves without need. One that is not able takes nothing more, but keeps what works.
struct FairShare: Hashable, Sendable {
    /// How many this worker should have.
    let count: Int
    /// How many of those it has it should give back now, since others wait for them.
    let surplus: Int

    init(of worker: WorkerStanding, beside others: [WorkerStanding], shards: Int) {
        let able = ([worker] + others).filter(\.isAble).sorted {
            ($1.shards.count, $0.name) < ($0.shards.count, $1.name)
        }
        func share(at rank: Int) -> Int {
            shards / able.count + (rank < shards % able.count ? 1 : 0)
        }
        count = able.firstIndex { $0.name == worker.name }.map(share) ?? 0
        let missing = able.enumerated().reduce(0) { missing, entry in
            guard entry.element.name != worker.name else { return missing }
            return missing + max(0, share(at: entry.offset) - entry.element.shards.count)
        }
        surplus = worker.isAble ? min(max(0, worker.shards.count - count), missing) : 0
    }
}
