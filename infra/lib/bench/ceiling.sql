-- pgbench: one batch as the worker writes it (BatchStatements.swift), in one pipeline and one
-- implicit transaction: fence, version, counter, and `rows` bookings with all constraints. The rows
-- come out of generate_series, so nothing is spent on bringing them here: this is the ceiling.
-- The caller sets rows, version (1 less than the first) and sequence.
\set version :version + 1
\set sequence :sequence + :rows
\startpipeline
WITH renewed AS (
    UPDATE shard_lease
    SET expires_at = clock_timestamp() + interval '1 day', batch = batch + 1,
        commands = commands + :rows::bigint, messages = messages + 1,
        decided_at = clock_timestamp(), waited_ms = 1
    WHERE owner = 'bench' AND epoch = 1
    RETURNING batch
)
SELECT (SELECT batch FROM renewed),
    ensure((SELECT count(*) FROM renewed) = 1, 'BX001', 'the lease is lost');
WITH decided AS (
    SELECT '00000000-0000-7000-8000-000000000001'::uuid AS id, :version::bigint AS version,
        :sequence::bigint AS sequence
), locked AS (
    SELECT e.id, e.version FROM event e
    WHERE e.id = '00000000-0000-7000-8000-000000000001' ORDER BY e.id FOR NO KEY UPDATE
), advanced AS (
    UPDATE event e SET version = e.version + 1, sequence = d.sequence
    FROM decided d JOIN locked l ON l.id = d.id
    WHERE e.id = d.id AND l.version = d.version
    RETURNING e.id
)
SELECT ensure((SELECT count(*) FROM advanced) = 1, 'BX002', 'somebody else wrote the event');
UPDATE ticket_type
SET available = available - :rows::integer, confirmed = confirmed + :rows::integer
WHERE event_id = '00000000-0000-7000-8000-000000000001' AND number = 1;
INSERT INTO booking (key, event_id, user_id, ticket_types, quantities, status, reason, sequence,
    created_at, decided_at, epoch)
SELECT gen_random_uuid(), '00000000-0000-7000-8000-000000000001',
    ('00000000-0000-4000-8000-00000000000' || 1 + n % 8)::uuid, '{1}', '{1}', 'confirmed', NULL,
    :sequence::bigint - :rows::bigint + n, clock_timestamp(), now(), 1
FROM generate_series(1, :rows::bigint) n;
\endpipeline
