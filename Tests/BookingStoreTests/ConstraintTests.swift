import BookingTestSupport
import Postgres
import Testing

/// The last layer: what the tables refuse whoever writes.
@Suite struct ConstraintTests {
    struct Violation: Sendable, CustomTestStringConvertible {
        let constraint: String
        let sql: String
        var testDescription: String { constraint }
    }

    private static let event = "'00000000-0000-7000-8000-000000000001'"
    private static let setUp = """
        INSERT INTO event (id, organizer_id, title, starts_at, status, created_at)
        VALUES (\(event), gen_random_uuid(), 't', now(), 'onSale', now());
        INSERT INTO ticket_type (event_id, number, name, capacity, available, confirmed)
        VALUES (\(event), 1, 'n', 10, 9, 1);
        INSERT INTO booking VALUES ('00000000-0000-8000-8000-000000000001', \(event), 1,
            gen_random_uuid(), 'confirmed', NULL, '{1}', '{1}', now(), now(), 1);
        """

    private static func booking(
        key: String = "gen_random_uuid()", event: String = event, sequence: Int = 2,
        user: String = "gen_random_uuid()", status: String = "confirmed", reason: String = "NULL",
        types: String = "'{1}'", quantities: String = "'{1}'"
    ) -> String {
        """
        INSERT INTO booking VALUES (\(key), \(event), \(sequence), \(user), '\(status)', \(reason),
            \(types), \(quantities), now(), now(), 1)
        """
    }

    static let violations = [
        Violation(
            constraint: "ticket_type_available_in_capacity",
            sql: "UPDATE ticket_type SET available = -1, confirmed = 11"),
        Violation(
            constraint: "ticket_type_places_add_up", sql: "UPDATE ticket_type SET confirmed = 2"),
        Violation(
            constraint: "ticket_type_confirmed_not_negative",
            sql: "UPDATE ticket_type SET available = 10, held = 1, confirmed = -1"),
        Violation(
            constraint: "ticket_type_held_not_negative",
            sql: "UPDATE ticket_type SET available = 10, held = -1, confirmed = 1"),
        Violation(
            constraint: "ticket_type_event_fkey",
            sql: "INSERT INTO ticket_type VALUES (gen_random_uuid(), 1, 'n', 1, 1)"),
        Violation(
            constraint: "ticket_type_price_range",
            sql: """
                UPDATE ticket_type SET price_amount = 1000000000001, price_currency = 'IDR'
                """),
        Violation(constraint: "event_status_known", sql: "UPDATE event SET status = 'open'"),
        Violation(
            constraint: "event_ends_after_start", sql: "UPDATE event SET ends_at = starts_at"),
        Violation(
            constraint: "event_starts_at_range",
            sql: "UPDATE event SET starts_at = '1969-12-31 23:59:59.999999Z'"),
        Violation(
            constraint: "event_starts_at_range",
            sql: "UPDATE event SET starts_at = '10000-01-01 00:00:00Z'"),
        Violation(
            constraint: "event_starts_at_range", sql: "UPDATE event SET starts_at = '-infinity'"),
        Violation(
            constraint: "event_ends_at_range", sql: "UPDATE event SET ends_at = 'infinity'"),
        Violation(
            constraint: "shard_lease_single", sql: "INSERT INTO shard_lease (shard) VALUES (1)"),
        Violation(
            constraint: "booking_pkey",
            sql: booking(key: "'00000000-0000-8000-8000-000000000001'")),
        Violation(constraint: "booking_event_fkey", sql: booking(event: "gen_random_uuid()")),
        Violation(constraint: "booking_sequence_unique", sql: booking(sequence: 1)),
        Violation(constraint: "booking_sequence_positive", sql: booking(sequence: 0)),
        Violation(constraint: "booking_status_known", sql: booking(status: "pending")),
        Violation(
            constraint: "booking_reason_known",
            sql: booking(status: "rejected", reason: "'bad_luck'")),
        Violation(constraint: "booking_reason_given", sql: booking(status: "rejected")),
        Violation(constraint: "booking_reason_given", sql: booking(reason: "'sold_out'")),
        Violation(constraint: "booking_readable", sql: booking(user: "NULL")),
        Violation(constraint: "booking_items_paired", sql: booking(types: "'{1,2}'")),
        Violation(
            constraint: "booking_items_paired", sql: booking(types: "'{}'", quantities: "'{}'")),
        Violation(constraint: "booking_quantities_positive", sql: booking(quantities: "'{0}'")),
    ]

    @Test("The tables refuse what cannot be")
    func refused() async throws {
        try await TestDatabases.with(shards: 1, connectionsMax: 1) { databases in
            try await databases.shards[0].withConnection { connection in
                try await connection.run(script: Self.setUp)
                for violation in Self.violations {
                    do throws(PostgresError) {
                        try await connection.run(script: violation.sql)
                        Issue.record("\(violation.constraint) let pass: \(violation.sql)")
                    } catch {
                        #expect(error.constraint == violation.constraint, "\(violation.sql)")
                    }
                }
            }
        }
    }
}
