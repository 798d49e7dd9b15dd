import BookingDomain
import FaultPoints
import Postgres

/// The fence, first in every batch: renews the lease and counts the batch, or ends the transaction.
struct Fence: PostgresStatement {
    static let sql = """
        WITH renewed AS (
            UPDATE shard_lease
            SET expires_at = clock_timestamp() + $3 * interval '1 millisecond', batch = batch + 1,
                commands = commands + $4, messages = messages + $5,
                decided_at = clock_timestamp(), waited_ms = $6
            WHERE \(RenewLease.isHeld)
            RETURNING batch
        )
        SELECT (SELECT batch FROM renewed),
            ensure((SELECT count(*) FROM renewed) = 1, 'BX001', 'the lease is lost')
        """
    let lease: Lease
    /// How many commands are decided for the first time, in how many messages they came, and how
    /// long the oldest of them has waited.
    let commands: Int
    let messages: Int
    let waited: Duration

    func bind(to parameters: inout PostgresParameters) {
        parameters.append(lease.owner)
        parameters.append(lease.epoch)
        parameters.append(Double(lease.duration.clampedMilliseconds))
        parameters.append(commands)
        parameters.append(messages)
        parameters.append(Int32(clamping: waited.clampedMilliseconds))
    }
    /// The number of the batch.
    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> Int64? {
        try row.countIfAny()
    }
}

/// The versions: moves every event of the batch on, or ends the transaction.
///
/// The rows are locked in the order of their ids, so that writers cannot deadlock.
struct AdvanceEvents: PostgresStatement {
    static let sql = """
        WITH decided AS (
            SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS d (id, version, sequence)
        ), locked AS (
            SELECT e.id, e.version FROM event e WHERE e.id = ANY($1) ORDER BY e.id
            FOR NO KEY UPDATE
        ), advanced AS (
            UPDATE event e SET version = e.version + 1, sequence = d.sequence
            FROM decided d JOIN locked l ON l.id = d.id
            WHERE e.id = d.id AND \(isDecidedOn)
            RETURNING e.id
        )
        SELECT ensure(
            (SELECT count(*) FROM advanced) = cardinality($1), 'BX002',
            'somebody else wrote the event')
        """
    private static let isDecidedOn =
        PlantedBug.noVersionCheck.isOn ? "true" : "l.version = d.version"
    let changes: [EventChange]

    func bind(to parameters: inout PostgresParameters) {
        parameters.append(changes.map(\.event.uuid))
        parameters.append(changes.map(\.decidedOn))
        parameters.append(changes.map(\.sequence))
    }
    static func decode(_ row: inout PostgresRow) throws(PostgresError) {}
}

/// The counters: takes the confirmed places; the checks of the table are the last layer.
struct TakePlaces: PostgresStatement {
    static let sql = """
        UPDATE ticket_type t
        SET available = t.available - d.confirmed, confirmed = t.confirmed + d.confirmed
        FROM unnest($1::uuid[], $2::smallint[], $3::integer[]) AS d (event_id, number, confirmed)
        WHERE t.event_id = d.event_id AND t.number = d.number
        """
    private let rows: [(event: PostgresUUID, number: Int16, confirmed: Int32)]

    init(changes: [EventChange]) {
        rows = changes.flatMap { change in
            change.confirmed.sorted { $0.key < $1.key }.map {
                (change.event.uuid, $0.key.rawValue, Int32($0.value))
            }
        }
    }

    func bind(to parameters: inout PostgresParameters) {
        parameters.append(rows.map(\.event))
        parameters.append(rows.map(\.number))
        parameters.append(rows.map(\.confirmed))
    }
}

/// The bookings themselves.
///
/// Arrays of arrays cannot be unnested, so items travel as array literals.
struct InsertBookings: PostgresStatement {
    static let sql = """
        INSERT INTO booking (key, event_id, user_id, ticket_types, quantities, status, reason,
            sequence, created_at, decided_at, epoch)
        SELECT key, event_id, user_id, ticket_types::smallint[], quantities::smallint[], status,
            reason, sequence, created_at, decided_at, $11
        FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[],
            $7::text[], $8::bigint[], $9::timestamptz[], $10::timestamptz[])
            AS b (key, event_id, user_id, ticket_types, quantities, status, reason, sequence,
                created_at, decided_at)
        """
    let bookings: [Booking]
    let lease: Lease

    func bind(to parameters: inout PostgresParameters) {
        parameters.append(bookings.map(\.key.uuid))
        parameters.append(bookings.map(\.event.uuid))
        parameters.append(bookings.map(\.user?.uuid))
        parameters.append(bookings.map { $0.basket?.literal(\.ticketType.rawValue) })
        parameters.append(bookings.map { $0.basket?.literal(\.quantity.rawValue) })
        parameters.append(bookings.map(\.status.rawValue))
        parameters.append(bookings.map(\.reason?.rawValue))
        parameters.append(bookings.map(\.sequence))
        parameters.append(bookings.map(\.createdAt.timestamp))
        parameters.append(bookings.map(\.decidedAt.timestamp))
        parameters.append(Int32(truncatingIfNeeded: lease.epoch))
    }
}

extension Basket {
    /// One column of the items as Postgres writes an array: `{1,2}`.
    fileprivate func literal(_ column: KeyPath<BasketItem, some BinaryInteger>) -> String {
        "{\(items.map { String($0[keyPath: column]) }.joined(separator: ","))}"
    }
}
