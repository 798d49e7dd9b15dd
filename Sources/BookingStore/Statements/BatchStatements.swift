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
/// The rows are locked in the order of their ids, so that writers cannot deadlock. What expires must have been
/// due by the database's own clock.
struct AdvanceEvents: PostgresStatement {
    static let sql = """
        WITH decided AS (
            SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::timestamptz[])
                AS d (id, version, sequence, expiring_until)
        ), locked AS (
            SELECT e.id, e.version FROM event e WHERE e.id = ANY($1) ORDER BY e.id
            FOR NO KEY UPDATE
        ), advanced AS (
            UPDATE event e SET version = e.version + 1, sequence = d.sequence,
                expiring_until = d.expiring_until
            FROM decided d JOIN locked l ON l.id = d.id
            WHERE e.id = d.id AND \(isDecidedOn)
            RETURNING e.id
        )
        SELECT ensure(
                (SELECT count(*) FROM advanced) = cardinality($1), 'BX002',
                'somebody else wrote the event'),
            ensure(
                $5::timestamptz IS NULL OR $5 <= \(latestExpiry), 'BX003',
                'what expires is not due yet')
        """
    private static let latestExpiry =
        PlantedBug.expiryByOwnClock.isOn ? "'infinity'" : "clock_timestamp()"
    private static let isDecidedOn =
        PlantedBug.noVersionCheck.isOn ? "true" : "l.version = d.version"
    let effects: [EventEffect]

    func bind(to parameters: inout PostgresParameters) {
        parameters.append(effects.map(\.event.uuid))
        parameters.append(effects.map(\.decidedOn))
        parameters.append(effects.map(\.sequence))
        parameters.append(effects.map(\.expiringUntil?.timestamp))
        parameters.append(effects.lazy.compactMap(\.expiredUntil).max()?.timestamp)
    }
    static func decode(_ row: inout PostgresRow) throws(PostgresError) {}
}

/// The counters: moves places; the checks of the table are the last layer.
struct MovePlaces: PostgresStatement {
    static let sql = """
        UPDATE ticket_type t
        SET available = t.available + d.available, held = t.held + d.held,
            confirmed = t.confirmed + d.confirmed
        FROM unnest($1::uuid[], $2::smallint[], $3::integer[], $4::integer[], $5::integer[])
            AS d (event_id, number, available, held, confirmed)
        WHERE t.event_id = d.event_id AND t.number = d.number
        """
    private let rows: [(event: PostgresUUID, number: Int16, move: StockMove)]

    init(effects: [EventEffect]) {
        rows = effects.flatMap { effect in
            effect.stock.sorted { $0.key < $1.key }.map {
                (
                    effect.event.uuid, $0.key.rawValue,
                    PlantedBug.cancelCreditedTwice.isOn
                        ? $0.value.crediting(effect.cancelled(of: $0.key)) : $0.value
                )
            }
        }
    }

    func bind(to parameters: inout PostgresParameters) {
        parameters.append(rows.map(\.event))
        parameters.append(rows.map(\.number))
        parameters.append(rows.map { Int32(clamping: $0.move.available) })
        parameters.append(rows.map { Int32(clamping: $0.move.held) })
        parameters.append(rows.map { Int32(clamping: $0.move.confirmed) })
    }
}

/// The bookings that are made.
///
/// Arrays of arrays cannot be unnested, so items travel as array literals.
struct InsertBookings: PostgresStatement {
    static let sql = """
        INSERT INTO booking (key, event_id, user_id, ticket_types, quantities, status, reason,
            sequence, created_at, decided_at, epoch, as_of_sequence, expires_at, extendable_until,
            is_paying, flags)
        SELECT key, event_id, user_id, ticket_types::smallint[], quantities::smallint[], status,
            reason, sequence, created_at, decided_at, $11, as_of_sequence, expires_at,
            extendable_until, is_paying, flags
        FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[],
            $7::text[], $8::bigint[], $9::timestamptz[], $10::timestamptz[], $12::bigint[],
            $13::timestamptz[], $14::timestamptz[], $15::boolean[], $16::smallint[])
            AS b (key, event_id, user_id, ticket_types, quantities, status, reason, sequence,
                created_at, decided_at, as_of_sequence, expires_at, extendable_until, is_paying,
                flags)
        """
    let bookings: [Booking]
    let lease: Lease

    init(effects: [EventEffect], lease: Lease) {
        bookings = effects.flatMap(\.made)
        self.lease = lease
    }

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
        parameters.append(
            bookings.map { $0.asOfSequence == $0.sequence ? nil : $0.asOfSequence })
        parameters.append(bookings.map(\.hold?.expiresAt.timestamp))
        parameters.append(bookings.map(\.hold?.extendableUntil.timestamp))
        parameters.append(bookings.map { $0.hold?.isPaying ?? false })
        parameters.append(bookings.map { Int16($0.flags.rawValue) })
    }
}

/// The bookings that were there and are changed.
struct UpdateBookings: PostgresStatement {
    static let sql = """
        WITH updated AS (
            UPDATE booking b SET status = u.status, as_of_sequence = u.as_of_sequence,
                expires_at = u.expires_at, extendable_until = u.extendable_until,
                is_paying = u.is_paying
            FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[], $5::timestamptz[],
                $6::timestamptz[], $7::boolean[])
                AS u (event_id, key, status, as_of_sequence, expires_at, extendable_until,
                    is_paying)
            WHERE b.event_id = u.event_id AND b.key = u.key
            RETURNING b.key
        )
        SELECT ensure(
            (SELECT count(*) FROM updated) = cardinality($1), 'BX002',
            'a booking is gone that was to be changed')
        """
    let bookings: [Booking]

    init(effects: [EventEffect]) { bookings = effects.flatMap(\.changed) }

    func bind(to parameters: inout PostgresParameters) {
        parameters.append(bookings.map(\.event.uuid))
        parameters.append(bookings.map(\.key.uuid))
        parameters.append(bookings.map(\.status.rawValue))
        parameters.append(bookings.map(\.asOfSequence))
        parameters.append(bookings.map(\.hold?.expiresAt.timestamp))
        parameters.append(bookings.map(\.hold?.extendableUntil.timestamp))
        parameters.append(bookings.map { $0.hold?.isPaying ?? false })
    }
    static func decode(_ row: inout PostgresRow) throws(PostgresError) {}
}

/// What commands that asked for changes came to; the key of the table lets each be applied once.
struct InsertChanges: PostgresStatement {
    static let sql = """
        INSERT INTO booking_change (event_id, id, booking_key, sequence, refusal)
        SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[], $5::text[])
        """
    let changes: [Change]

    init(effects: [EventEffect]) { changes = effects.flatMap(\.changes) }

    func bind(to parameters: inout PostgresParameters) {
        parameters.append(changes.map(\.event.uuid))
        parameters.append(changes.map(\.command.uuid))
        parameters.append(changes.map(\.booking.uuid))
        parameters.append(changes.map(\.sequence))
        parameters.append(changes.map(\.refusal?.rawValue))
    }
}

extension Basket {
    /// One column of the items as Postgres writes an array: `{1,2}`.
    fileprivate func literal(_ column: KeyPath<BasketItem, some BinaryInteger>) -> String {
        "{\(items.map { String($0[keyPath: column]) }.joined(separator: ","))}"
    }
}

// For ``PlantedBug/cancelCreditedTwice``.
extension StockMove {
    fileprivate func crediting(_ places: Int) -> StockMove {
        StockMove(available: available + places, held: held, confirmed: confirmed)
    }
}

extension EventEffect {
    /// How many places of a type cancelled bookings gave back.
    fileprivate func cancelled(of ticketType: TicketTypeNumber) -> Int {
        changed.lazy.filter { $0.status == .cancelled }.flatMap { $0.basket?.items ?? [] }
            .filter { $0.ticketType == ticketType }.reduce(0) { $0 + $1.quantity.rawValue }
    }
}
