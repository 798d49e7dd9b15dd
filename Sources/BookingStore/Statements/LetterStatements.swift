import BookingDomain
import Postgres

/// Puts a letter among the dead, or ends the transaction.
///
/// One that lies there already gets a new number: whoever has just replayed it deletes the old one.
struct BuryLetter: PostgresStatement {
    static let sql = """
        WITH held AS (
            UPDATE shard_lease SET expires_at = clock_timestamp() + $3 * interval '1 millisecond'
            WHERE \(RenewLease.isHeld)
            RETURNING epoch
        ), buried AS (
            INSERT INTO dead_letter (digest, event_id, problem, type, body)
            SELECT $4, $5, $6, $7, $8 FROM held
            ON CONFLICT (digest) DO UPDATE
            SET number = DEFAULT, buried_at = clock_timestamp()
        )
        SELECT ensure((SELECT count(*) FROM held) = 1, 'BX001', 'the lease is lost')
        """
    let lease: Lease
    let letter: StoredLetter

    func bind(to parameters: inout PostgresParameters) {
        parameters.append(lease.owner)
        parameters.append(lease.epoch)
        parameters.append(Double(lease.duration.clampedMilliseconds))
        parameters.append(letter.digest.uuid)
        parameters.append(letter.event.uuid)
        parameters.append(letter.problem.withoutNUL)
        parameters.append(letter.type?.withoutNUL)
        parameters.append(PostgresBytes(letter.body))
    }
    static func decode(_ row: inout PostgresRow) throws(PostgresError) {}
}

/// The oldest letters of a shard, and how many there are.
struct SelectLetters: PostgresStatement {
    static let sql = """
        SELECT number, event_id, problem, type, body, buried_at, count(*) OVER ()
        FROM dead_letter ORDER BY number LIMIT $1
        """
    let limit: Int

    func bind(to parameters: inout PostgresParameters) { parameters.append(limit) }
    static func decode(
        _ row: inout PostgresRow
    ) throws(PostgresError) -> (number: Int64, letter: StoredLetter, count: Int64) {
        let number = try row.next(Int64.self)
        let letter = StoredLetter(
            event: try row.next(id: EventID.self), problem: try row.next(), type: try row.next(),
            body: try row.next(PostgresBytes.self).bytes, buriedAt: try row.instant())
        return (number, letter, try row.next())
    }
}

/// Takes a letter away for good.
struct DeleteLetter: PostgresStatement {
    static let sql = "DELETE FROM dead_letter WHERE number = $1"
    let number: Int64

    func bind(to parameters: inout PostgresParameters) { parameters.append(number) }
}

extension String {
    /// The text as PostgreSQL can hold it.
    fileprivate var withoutNUL: String { contains("\0") ? replacing("\0", with: "\u{FFFD}") : self }
}
