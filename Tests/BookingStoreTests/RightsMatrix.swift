import Postgres

/// Who may do what, as the page to look it up: everything that a role may do is here, and nothing else.
///
/// Each row is an object, a role and its rights. An object that is new, or a right, turns the tests red until it
/// stands here; so say why it is needed in `schemas/sql/rights*.sql`.
enum RightsMatrix {
    static let directory = """
        account             ingress   SELECT, INSERT, UPDATE(name, password_hash, \
        session_generation, event_made_at), DELETE
        account             worker    -
        account             operator  -
        account_canonical_email()  ingress   -
        account_canonical_email()  worker    -
        account_canonical_email()  operator  -
        schema_migration    ingress   SELECT
        schema_migration    worker    SELECT
        schema_migration    operator  SELECT
        session_revocation  ingress   SELECT, INSERT, UPDATE(generation, spared, issued_before, \
        expires_at, written_by), DELETE
        session_revocation  worker    -
        session_revocation  operator  -
        worker              ingress   -
        worker              worker    SELECT, INSERT, UPDATE(shards, able, seen_at), DELETE
        worker              operator  SELECT
        """

    static let shard = """
        booking             ingress   SELECT
        booking             worker    SELECT, INSERT, UPDATE(status, as_of_sequence, expires_at, \
        extendable_until, is_paying)
        booking             operator  -
        booking_change      ingress   SELECT
        booking_change      worker    SELECT, INSERT
        booking_change      operator  -
        buyer_tally         ingress   SELECT
        buyer_tally         worker    SELECT, INSERT, UPDATE(taken)
        buyer_tally         operator  -
        dead_letter         ingress   -
        dead_letter         worker    SELECT(digest), INSERT(digest, event_id, problem, type, body), \
        UPDATE(number, buried_at)
        dead_letter         operator  SELECT, DELETE
        dead_letter_number_seq  ingress   -
        dead_letter_number_seq  worker    -
        dead_letter_number_seq  operator  -
        ensure()            ingress   -
        ensure()            worker    EXECUTE
        ensure()            operator  -
        event               ingress   SELECT, INSERT
        event               worker    SELECT, UPDATE(version, sequence, expiring_until)
        event               operator  SELECT(id, status, paused_at), UPDATE(paused_at)
        event_tally         ingress   -
        event_tally         worker    SELECT, INSERT, UPDATE(sequence)
        event_tally         operator  -
        log_page            ingress   -
        log_page            worker    SELECT, INSERT
        log_page            operator  -
        schema_migration    ingress   SELECT
        schema_migration    worker    SELECT
        schema_migration    operator  SELECT
        shard_lease         ingress   SELECT(shard, epoch, kinds, kinds_since, kinds_epoch)
        shard_lease         worker    SELECT, UPDATE(owner, epoch, expires_at, batch, claimed_at, \
        takeovers, crashes, crashes_since, commands, messages, decided_at, waited_ms, kinds, \
        kinds_since, kinds_epoch)
        shard_lease         operator  SELECT, UPDATE(paused_at)
        suspect             ingress   -
        suspect             worker    -
        suspect             operator  -
        suspect_trial       ingress   -
        suspect_trial       worker    SELECT, INSERT, DELETE
        suspect_trial       operator  -
        tally_event()       ingress   -
        tally_event()       worker    EXECUTE
        tally_event()       operator  -
        ticket_type         ingress   SELECT, INSERT
        ticket_type         worker    SELECT, UPDATE(available, held, confirmed)
        ticket_type         operator  -
        """

    /// What holds in every database.
    static let everywhere = """
        database            ingress   CONNECT
        database            worker    CONNECT
        database            operator  CONNECT
        database            public    -
        schema              ingress   USAGE
        schema              worker    USAGE
        schema              operator  USAGE
        schema              public    -
        """
}

extension Set<String> {
    /// The rows that are not in `pages`, or in these alone; spaces between columns do not count.
    func difference(from pages: String...) -> [String] {
        let rows = pages.flatMap { $0.split(separator: "\n") }.map { row in
            row.split(separator: " ").joined(separator: " ")
        }
        return symmetricDifference(rows).sorted()
    }
}

/// The rights that the catalog knows, a row for each object and role.
///
/// Of everybody (`public`) only what he has is told.
struct SelectRights: PostgresStatement {
    static let sql = """
        WITH grantee (name, role) AS (
            VALUES ('ingress', 'boxoffice_ingress'), ('worker', 'boxoffice_worker'),
                ('operator', 'boxoffice_operator'), ('public', 'public')
        ), relation AS (
            SELECT oid, relname::text AS name, relkind FROM pg_class
            WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
        ), granted AS (
            SELECT r.name AS object, g.name AS grantee, p.place, p.name || CASE
                WHEN has_table_privilege(g.role, r.oid, p.name) THEN ''
                ELSE (
                    SELECT '(' || string_agg(attname, ', ' ORDER BY attnum) || ')' FROM pg_attribute
                    WHERE attrelid = r.oid AND attnum > 0 AND NOT attisdropped
                        AND p.name IN ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES')
                        AND has_column_privilege(g.role, r.oid, attnum, p.name))
                END AS held
            FROM relation r CROSS JOIN grantee g
            CROSS JOIN (VALUES (1, 'SELECT'), (2, 'INSERT'), (3, 'UPDATE'), (4, 'DELETE'),
                (5, 'TRUNCATE'), (6, 'REFERENCES'), (7, 'TRIGGER')) AS p (place, name)
            WHERE r.relkind <> 'S'
            UNION ALL
            SELECT r.name, g.name, p.place,
                CASE WHEN has_sequence_privilege(g.role, r.oid, p.name) THEN p.name END
            FROM relation r CROSS JOIN grantee g
            CROSS JOIN (VALUES (1, 'USAGE'), (2, 'SELECT'), (3, 'UPDATE')) AS p (place, name)
            WHERE r.relkind = 'S'
            UNION ALL
            SELECT proname || '()', g.name, 1,
                CASE WHEN has_function_privilege(g.role, p.oid, 'EXECUTE') THEN 'EXECUTE' END
            FROM pg_proc p CROSS JOIN grantee g WHERE pronamespace = 'public'::regnamespace
            UNION ALL
            SELECT 'schema', g.name, p.place,
                CASE WHEN has_schema_privilege(g.role, 'public', p.name) THEN p.name END
            FROM grantee g CROSS JOIN (VALUES (1, 'USAGE'), (2, 'CREATE')) AS p (place, name)
            UNION ALL
            SELECT 'database', g.name, p.place,
                CASE WHEN has_database_privilege(g.role, current_database(), p.name) THEN p.name END
            FROM grantee g
            CROSS JOIN (VALUES (1, 'CONNECT'), (2, 'CREATE'), (3, 'TEMPORARY')) AS p (place, name)
        )
        SELECT object || ' ' || grantee || ' ' || coalesce(string_agg(held, ', ' ORDER BY place), '-')
        FROM granted GROUP BY object, grantee
        HAVING grantee <> 'public' OR count(held) > 0 OR object IN ('schema', 'database')
        """

    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> String { try row.next() }
}
