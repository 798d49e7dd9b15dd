import BookingDomain
import Postgres

struct ClaimLease: PostgresStatement {
    static let sql = """
        UPDATE shard_lease
        SET owner = $1, epoch = epoch + 1,
            expires_at = clock_timestamp() + $2 * interval '1 millisecond'
        WHERE shard = $3 AND (owner IS NULL OR expires_at < clock_timestamp())
        RETURNING epoch
        """
    let lease: Lease

    func bind(to parameters: inout PostgresParameters) {
        parameters.append(lease.owner)
        parameters.append(Double(lease.milliseconds))
        parameters.append(Int16(lease.shard.rawValue))
    }
    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> Int64 { try row.next() }
}

struct ReleaseLease: PostgresStatement {
    static let sql = "UPDATE shard_lease SET owner = NULL WHERE owner = $1 AND epoch = $2"
    let lease: Lease

    func bind(to parameters: inout PostgresParameters) {
        parameters.append(lease.owner)
        parameters.append(lease.epoch)
    }
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
