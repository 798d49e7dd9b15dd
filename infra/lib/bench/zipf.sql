-- psql: closed events, so that no worker takes them for events it has to serve; prints their ids. The
-- caller sets shard (three hexadecimal digits) and events.
WITH made AS (
    INSERT INTO event (id, organizer_id, title, starts_at, status, version, sequence, created_at)
    SELECT ('00000001-' || lpad(to_hex(n), 4, '0') || '-7' || :'shard'
            || substr(gen_random_uuid()::text, 19))::uuid,
        gen_random_uuid(), 'Zipf ' || n, now(), 'closed', 1, 0, now()
    FROM generate_series(1, :events) n
    RETURNING id
), types AS (
    INSERT INTO ticket_type (event_id, number, name, capacity, available, confirmed)
    SELECT id, 1, 'Stalls', 100, 100, 0 FROM made
)
SELECT id FROM made;
