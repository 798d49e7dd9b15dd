-- psql: bookings of an event, all by one buyer and confirmed. The caller sets event, buyer and rows; no
-- worker is at work.
BEGIN;
INSERT INTO booking (key, event_id, user_id, ticket_types, quantities, status, sequence, created_at,
    decided_at, epoch)
SELECT gen_random_uuid(), :'event', :'buyer', '{1}', '{1}', 'confirmed', n,
    now() + n * interval '1 microsecond', now() + interval '1 second', 1
FROM generate_series(1, :rows) n;
UPDATE ticket_type SET available = available - :rows, confirmed = confirmed + :rows
WHERE event_id = :'event';
UPDATE event SET version = version + 1, sequence = :rows WHERE id = :'event';
SELECT tally_event(:'event', :rows);
COMMIT;
VACUUM (ANALYZE) booking;
CHECKPOINT;
