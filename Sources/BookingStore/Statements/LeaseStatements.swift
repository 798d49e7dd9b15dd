import BookingDomain
import FaultPoints
import Postgres

/// Takes the lease when it is free for us, when it has run out, or when its owner's session is gone.
///
/// An owner's session holds the advisory lock (shard, epoch) as long as it lives, so that a dead
/// owner is noticed at once. The new owner's is taken in the same statement: nobody who waits for
/// the row can find it missing. A row that somebody has locked is not waited for: see ``EndStuckOwner``.
struct ClaimLease: PostgresStatement {
    static let sql = """
        WITH old AS (
            SELECT owner, epoch, kinds, kinds_since, kinds_epoch,
                crashes_since < clock_timestamp() - interval '1 minute' AS is_calm
            FROM shard_lease
            WHERE shard = $3 AND (\(isFree) OR \(isLost))
            FOR UPDATE SKIP LOCKED
        ), claimed AS (
            UPDATE shard_lease l
            SET owner = $1, epoch = l.epoch + 1, claimed_at = clock_timestamp(),
                expires_at = clock_timestamp() + $2 * interval '1 millisecond',
                takeovers = takeovers + (old.owner IS NOT NULL)::integer,
                crashes = CASE WHEN is_calm THEN 0 ELSE crashes END
                    + (old.owner IS NOT NULL)::integer,
                crashes_since = CASE WHEN is_calm THEN clock_timestamp() ELSE crashes_since END,
                kinds = $7, kinds_since = \(kindsSince), kinds_epoch = l.epoch + 1
            FROM old
            RETURNING l.epoch, crashes, old.owner IS NOT NULL AS is_takeover, batch, claimed_at
        )
        SELECT epoch, crashes, is_takeover, batch, \(incarnation), claimed_at,
            pg_advisory_lock($3, \(lockKey)) FROM claimed
        """
    /// Given back, and ours to take.
    private static let isFree = """
        owner IS NULL AND paused_at IS NULL
            AND ($4 OR expires_at < clock_timestamp() - $5 * interval '1 millisecond')
        """
    /// Its owner froze or died, and not for the n-th time within a minute.
    private static let isLost =
        PlantedBug.twoConsumers.isOn
        ? "$6::integer IS NOT NULL"
        : """
        owner IS NOT NULL AND paused_at IS NULL
            AND (crashes < $6 OR crashes_since < clock_timestamp() - interval '1 minute')
            AND (expires_at < clock_timestamp() OR pg_try_advisory_xact_lock($3, \(lockKey)))
        """
    /// Since when each kind is read: since the owner before read it, if that one said so, or else from now on.
    ///
    /// Of a new shard no owner has ever read less.
    private static let kindsSince = """
        ARRAY(
            SELECT coalesce(
                (SELECT min(said.since) FROM unnest(old.kinds, old.kinds_since) AS said (kind, since)
                 WHERE said.kind = read.kind AND old.kinds_epoch = old.epoch),
                clock_timestamp() - CASE WHEN old.epoch = 0 THEN interval '1 day' ELSE '0' END)
            FROM unnest($7::text[]) WITH ORDINALITY AS read (kind, place) ORDER BY read.place)
        """
    private static let lockKey = lockKey(of: "epoch")
    /// Names the history that the database has: of the cluster, of its timeline since the last restore or
    /// failover, and of the database in it.
    private static let incarnation = """
        (SELECT concat_ws('.', system_identifier, left(pg_walfile_name(pg_current_wal_lsn()), 8),
                (SELECT oid FROM pg_database WHERE datname = current_database()))
            FROM pg_control_system())
        """

    /// The second half of the advisory lock's name.
    static func lockKey(of epoch: String) -> String { "(\(epoch) % 2147483647)::integer" }

    let shard: ShardNumber
    let claim: LeaseClaim

    func bind(to parameters: inout PostgresParameters) {
        parameters.append(claim.owner)
        parameters.append(Double(claim.duration.clampedMilliseconds))
        parameters.append(Int32(shard.rawValue))
        parameters.append(claim.wantsMore)
        parameters.append(Double(claim.orphanedAfter.clampedMilliseconds))
        parameters.append(Int32(clamping: claim.crashesPerMinuteMax))
        parameters.append(claim.kinds)
    }
    static func decode(
        _ row: inout PostgresRow
    ) throws(PostgresError) -> (
        epoch: Int64, crashes: Int16, isTakeover: Bool, batch: Int64, incarnation: String,
        claimedAt: Instant
    ) {
        (
            try row.count(), try row.next(), try row.next(), try row.count(), try row.next(),
            try row.instant()
        )
    }
}

/// Keeps the lease while there is nothing to write, or ends the transaction.
struct RenewLease: PostgresStatement {
    static let sql = """
        WITH renewed AS (
            UPDATE shard_lease SET expires_at = clock_timestamp() + $3 * interval '1 millisecond'
            WHERE \(isHeld)
            RETURNING paused_at
        )
        SELECT (SELECT paused_at FROM renewed) IS NOT NULL, clock_timestamp(),
            ensure((SELECT count(*) FROM renewed) = 1, 'BX001', 'the lease is lost')
        """
    /// The fence: $1 is the owner, $2 the epoch.
    static let isHeld =
        PlantedBug.noFence.isOn || PlantedBug.twoConsumers.isOn
        ? "$1::text IS NOT NULL AND $2::bigint IS NOT NULL" : "owner = $1 AND epoch = $2"
    let lease: Lease

    func bind(to parameters: inout PostgresParameters) {
        parameters.append(lease.owner)
        parameters.append(lease.epoch)
        parameters.append(Double(lease.duration.clampedMilliseconds))
    }
    static func decode(
        _ row: inout PostgresRow
    ) throws(PostgresError) -> (isPaused: Bool, now: Instant) {
        (try row.next(), try row.instant())
    }
}

struct ReleaseLease: PostgresStatement {
    static let sql = """
        WITH released AS (
            UPDATE shard_lease
            SET owner = NULL, expires_at = clock_timestamp()
            WHERE owner = $1 AND epoch = $2
            RETURNING shard
        )
        SELECT (SELECT count(*) FROM released) = 1,
            pg_advisory_unlock($3, \(ClaimLease.lockKey(of: "$2::bigint")))
        """
    let lease: Lease

    func bind(to parameters: inout PostgresParameters) {
        parameters.append(lease.owner)
        parameters.append(lease.epoch)
        parameters.append(Int32(lease.shard.rawValue))
    }
    /// Whether the lease was still ours.
    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> Bool { try row.next() }
}

/// Ends the session of an owner whose lease has run out that locks the lease's row and waits for its client.
///
/// An owner that froze, or was cut off, after it had sent half of a batch leaves such a session: it has
/// the fence in hand, waits for the rest, and nobody can claim the shard. One that is at work is left alone:
/// its transaction ends by itself. The row's `xmax` names the transaction that has it.
struct EndStuckOwner: PostgresStatement {
    static let sql = """
        WITH expired AS MATERIALIZED (
            SELECT owner, xmax AS holder FROM shard_lease
            WHERE shard = $1 AND owner IS NOT NULL AND expires_at < clock_timestamp()
        )
        SELECT pg_terminate_backend(a.pid)
        FROM expired e
        CROSS JOIN LATERAL (
            SELECT pid FROM pg_locks
            WHERE locktype = 'transactionid' AND transactionid = e.holder
                AND mode = 'ExclusiveLock' AND granted
            OFFSET 0
        ) k
        JOIN pg_stat_activity a ON a.pid = k.pid
        WHERE a.pid <> pg_backend_pid() AND a.wait_event_type = 'Client'
            AND a.application_name =
                left('\(WorkerSessions.applicationPrefix)' || e.owner, \(WorkerSessions.nameMax))
        """
    let shard: ShardNumber

    func bind(to parameters: inout PostgresParameters) {
        parameters.append(Int16(shard.rawValue))
    }
    /// Whether the session was told to end.
    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> Bool { try row.next() }
}

/// Says which shard a database is, once and for all.
struct NameShard: PostgresStatement {
    static let sql = "INSERT INTO shard_lease (shard) VALUES ($1) ON CONFLICT DO NOTHING"
    let shard: Int16

    func bind(to parameters: inout PostgresParameters) { parameters.append(shard) }
}

struct SelectShardName: PostgresStatement {
    static let sql = "SELECT shard FROM shard_lease"

    func bind(to parameters: inout PostgresParameters) {}
    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> Int16 { try row.next() }
}
