package import BookingDomain

/// The right to write to a shard: who has it, and how many had it before.
package struct Lease: Hashable, Sendable {
    package let shard: ShardNumber
    package let owner: String
    package let epoch: Int64
    /// How long it lasts from each renewal, by the database's clock.
    package let duration: Duration

    package init(shard: ShardNumber, owner: String, epoch: Int64, duration: Duration) {
        self.shard = shard
        self.owner = owner
        self.epoch = epoch
        self.duration = duration
    }
}

/// What a worker asks for when it wants a shard.
package struct LeaseClaim: Hashable, Sendable {
    package var owner: String
    /// How long the lease lasts from each renewal.
    package var duration: Duration
    /// Whether a shard that was given back may be taken at once.
    package var wantsMore: Bool
    /// How long such a shard must have been free before it is taken by whoever is there.
    package var orphanedAfter: Duration
    /// How often in a minute a shard may be taken from an owner that died; then it rests.
    package var crashesPerMinuteMax: Int
    /// The kinds of command that the owner reads, which its lease announces.
    package var kinds: [String]

    package init(
        owner: String, duration: Duration, wantsMore: Bool = true,
        orphanedAfter: Duration = .zero, crashesPerMinuteMax: Int = .max,
        kinds: [String] = CommandKind.allCases.map(\.rawValue)
    ) {
        self.owner = owner
        self.duration = duration
        self.wantsMore = wantsMore
        self.orphanedAfter = orphanedAfter
        self.crashesPerMinuteMax = crashesPerMinuteMax
        self.kinds = kinds
    }
}

/// A lease just taken, and what its new owner should know of the shard.
package struct ClaimedLease: Hashable, Sendable {
    package let lease: Lease
    /// Whether it was taken from an owner that died or froze; else it had been given back.
    package let isTakeover: Bool
    /// How many owners died or froze within the last minute.
    package let recentCrashes: Int
    /// The number of the last batch that was written before.
    package let lastBatch: Int64
    /// Names the history that the database has; another one after a restore or a failover.
    package let incarnation: String
    package let time: DatabaseTime

    package init(
        lease: Lease, isTakeover: Bool, recentCrashes: Int, lastBatch: Int64, incarnation: String,
        time: DatabaseTime
    ) {
        self.lease = lease
        self.isTakeover = isTakeover
        self.recentCrashes = recentCrashes
        self.lastBatch = lastBatch
        self.incarnation = incarnation
        self.time = time
    }
}

/// What a renewal of a lease told.
package struct RenewedLease: Hashable, Sendable {
    /// Whether the shard has been paused, so that its owner should give it back.
    package let isPaused: Bool
    package let time: DatabaseTime

    package init(isPaused: Bool, time: DatabaseTime) {
        self.isPaused = isPaused
        self.time = time
    }
}

/// The database's time, as far as it can be known here: what the database said, and the time that has passed
/// here since.
///
/// What it says was true at some moment between asking and hearing. It is taken for the moment of hearing, so this
/// time is never ahead of the database's; of two readings, the one with the later time is nearer to it.
package struct DatabaseTime: Hashable, Sendable {
    private let said: Instant
    private let askedAt: ContinuousClock.Instant
    private let heardAt: ContinuousClock.Instant

    package init(
        _ said: Instant, askedAt: ContinuousClock.Instant, heardAt: ContinuousClock.Instant = .now
    ) {
        self.said = said
        self.askedAt = askedAt
        self.heardAt = heardAt
    }

    /// The database's time at `now`.
    package func instant(at now: ContinuousClock.Instant = .now) -> Instant {
        said.advanced(by: now - heardAt)
    }

    /// The better of this reading and a newer one: the nearer, or the newer when the database's clock has gone
    /// back, or slower than ours.
    package func followed(by newer: DatabaseTime) -> DatabaseTime {
        let isAhead =
            newer.said.advanced(by: newer.heardAt - newer.askedAt) < instant(at: newer.heardAt)
        return isAhead || instant(at: newer.heardAt) < newer.said ? newer : self
    }
}
