-- psql: an event that is over and sold out, with its bookings, each by a buyer of its own. The
-- caller sets number, shard (three hexadecimal digits) and rows.
WITH filler AS (
    INSERT INTO event (id, organizer_id, title, starts_at, status, version, sequence, created_at)
    VALUES (
        ('00000000-0000-7' || :'shard' || substr(gen_random_uuid()::text, 19))::uuid,
        gen_random_uuid(), 'Filler ' || :number, now(), 'closed', 2, :rows, now())
    RETURNING id
), sold AS (
    INSERT INTO ticket_type (event_id, number, name, capacity, available, confirmed)
    SELECT id, 1, 'Stalls', :rows, 0, :rows FROM filler
)
INSERT INTO booking (key, event_id, user_id, ticket_types, quantities, status, sequence, created_at,
    decided_at, epoch)
SELECT gen_random_uuid(), id, gen_random_uuid(), '{1}', '{1}', 'confirmed', n,
    now() + n * interval '1 microsecond', now() + interval '1 second', 1
FROM filler, generate_series(1, :rows) n;
