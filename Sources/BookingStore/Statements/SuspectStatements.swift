import BookingDomain
import Postgres

/// Notes that a process is about to try a message alone, or ends the transaction.
struct TrySuspect: PostgresStatement {
    static let sql = """
        WITH held AS (
            UPDATE shard_lease SET expires_at = clock_timestamp() + $3 * interval '1 millisecond'
            WHERE \(RenewLease.isHeld)
            RETURNING epoch
        ), noted AS (
            INSERT INTO suspect_trial (digest, process) SELECT $4, $5 FROM held
            ON CONFLICT DO NOTHING
            RETURNING digest
        )
        SELECT (SELECT count(*) FROM suspect_trial WHERE digest = $4)
                + (SELECT count(*) FROM noted),
            ensure((SELECT count(*) FROM held) = 1, 'BX001', 'the lease is lost')
        """
    let lease: Lease
    let digest: PostgresUUID
    let process: PostgresUUID

    func bind(to parameters: inout PostgresParameters) {
        parameters.append(lease.owner)
        parameters.append(lease.epoch)
        parameters.append(Double(lease.duration.clampedMilliseconds))
        parameters.append(digest)
        parameters.append(process)
    }
    /// How many processes have tried it without surviving, this one included.
    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> Int64 { try row.next() }
}

/// Forgets that a process tried some messages: it lives.
struct ForgetTrials: PostgresStatement {
    static let sql = "DELETE FROM suspect_trial WHERE digest = ANY($1) AND process = $2"
    let digests: [PostgresUUID]
    let process: PostgresUUID

    func bind(to parameters: inout PostgresParameters) {
        parameters.append(digests)
        parameters.append(process)
    }
}

/// Clears a message of all suspicion: it was applied, and its worker lives.
struct ClearSuspect: PostgresStatement {
    static let sql = "DELETE FROM suspect_trial WHERE digest = $1"
    let digest: PostgresUUID

    func bind(to parameters: inout PostgresParameters) { parameters.append(digest) }
}
