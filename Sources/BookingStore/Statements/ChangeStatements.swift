import BookingDomain
import Postgres

/// What some commands that asked for changes came to.
struct SelectChanges: PostgresStatement {
    static let sql = """
        SELECT c.* FROM unnest($1::uuid[], $2::uuid[]) AS asked (event_id, id)
        CROSS JOIN LATERAL (
            SELECT id, event_id, booking_key, sequence, refusal FROM booking_change
            WHERE event_id = asked.event_id AND id = asked.id
            OFFSET 0
        ) AS c
        """
    let changes: [ChangeReference]

    func bind(to parameters: inout PostgresParameters) {
        parameters.append(changes.map(\.event.uuid))
        parameters.append(changes.map(\.command.uuid))
    }
    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> Change {
        Change(
            command: try row.next(id: CommandID.self), event: try row.next(id: EventID.self),
            booking: try row.next(id: BookingKey.self), sequence: try row.count(),
            refusal: try row.next(String?.self).map(Change.Refusal.init(stored:)))
    }
}

extension Change.Refusal {
    fileprivate init(stored word: String) throws(PostgresError) {
        guard let refusal = Change.Refusal(rawValue: word) else {
            throw PostgresError(
                code: .unknownValue, message: "a column holds no known refusal",
                isSafeToRetry: false)
        }
        self = refusal
    }
}

/// The held bookings of each of some events that are due first.
struct SelectDue: PostgresStatement {
    static let sql = """
        SELECT b.* FROM unnest($1::uuid[]) AS asked (event_id)
        CROSS JOIN LATERAL (
            SELECT \(Booking.columns) FROM booking
            WHERE event_id = asked.event_id AND status = 'held'
            ORDER BY expires_at, sequence LIMIT $2
        ) AS b
        """
    let events: [EventID]
    /// The most bookings of an event.
    let limit: Int

    func bind(to parameters: inout PostgresParameters) {
        parameters.append(events.map(\.uuid))
        parameters.append(limit)
    }
    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> Booking {
        try Booking(row: &row)
    }
}

/// When the first of the held bookings of each event is due, and what was due before and is expiring still.
struct SelectDeadlines: PostgresStatement {
    static let sql = """
        SELECT event_id, min(expires_at) FROM booking WHERE status = 'held' GROUP BY event_id
        UNION ALL
        SELECT id, expiring_until FROM event WHERE expiring_until IS NOT NULL
        """

    static func decode(
        _ row: inout PostgresRow
    ) throws(PostgresError) -> (event: EventID, dueAt: Instant) {
        (try row.next(id: EventID.self), try row.instant())
    }
}
