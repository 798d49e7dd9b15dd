package import BookingDomain
import BookingStore

/// A shard's lease row, and which owners' sessions live; its own clock judges it.
package struct TwinLease: Sendable {
    private static let minute = Duration.seconds(60)

    private let shard: ShardNumber
    /// The time by the database's clock.
    package private(set) var now: Instant
    private var owner: String?
    private(set) var epoch: Int64 = 0
    private var expiresAt: Instant
    private var crashes = 0
    private var crashesSince: Instant
    /// The epochs whose owners' sessions live.
    private var sessions: Set<Int64> = []
    package var isPaused = false
    /// The number of the last batch.
    package var batch: Int64 = 0

    init(shard: ShardNumber, now: Instant) {
        self.shard = shard
        self.now = now
        expiresAt = now
        crashesSince = now
    }

    package mutating func advance(by duration: Duration) { now = now.advanced(by: duration) }

    /// The lease runs out, as that of an owner that froze.
    package mutating func expire() { expiresAt = now.advanced(by: .microseconds(-1)) }

    func isHeld(by lease: Lease) -> Bool { owner == lease.owner && epoch == lease.epoch }

    mutating func renew(for duration: Duration) { expiresAt = now.advanced(by: duration) }

    mutating func claim(_ claim: LeaseClaim) -> ClaimedLease? {
        guard !isPaused else { return nil }
        let isCalm = crashesSince.advanced(by: Self.minute) < now
        let isTakeover = owner != nil
        if isTakeover {
            guard crashes < claim.crashesPerMinuteMax || isCalm,
                expiresAt < now || !sessions.contains(epoch)
            else { return nil }
        } else {
            guard claim.wantsMore || expiresAt.advanced(by: claim.orphanedAfter) < now else {
                return nil
            }
        }
        crashes = (isCalm ? 0 : crashes) + (isTakeover ? 1 : 0)
        if isCalm { crashesSince = now }
        owner = claim.owner
        epoch += 1
        sessions.insert(epoch)
        renew(for: claim.duration)
        return ClaimedLease(
            lease: Lease(
                shard: shard, owner: claim.owner, epoch: epoch, duration: claim.duration),
            isTakeover: isTakeover, recentCrashes: crashes, lastBatch: batch, incarnation: "twin",
            time: DatabaseTime(now, askedAt: .now))
    }

    mutating func release(_ lease: Lease) -> Bool {
        sessions.remove(lease.epoch)
        guard isHeld(by: lease) else { return false }
        owner = nil
        expiresAt = now
        return true
    }

    /// An owner's session has ended.
    mutating func endSession(of epoch: Int64) { sessions.remove(epoch) }
}
