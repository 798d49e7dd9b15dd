-- psql: bookings of an event, all by one buyer, every other one rejected. The caller sets event, buyer and
-- rows; no worker is at work. The limit is lifted, so that the buyer can go on.
BEGIN;
INSERT INTO booking (key, event_id, user_id, ticket_types, quantities, status, reason, sequence,
    created_at, decided_at, epoch)
SELECT gen_random_uuid(), :'event', :'buyer', '{1}', '{1}',
    CASE WHEN n % 2 = 0 THEN 'rejected' ELSE 'confirmed' END,
    CASE WHEN n % 2 = 0 THEN 'limit_exceeded' END,
    n, now() + n * interval '1 microsecond', now() + interval '1 second', 1
FROM generate_series(1, :rows) n;
UPDATE ticket_type SET available = available - (:rows + 1) / 2,
    confirmed = confirmed + (:rows + 1) / 2, max_per_user = capacity
WHERE event_id = :'event';
UPDATE event SET version = version + 1, sequence = :rows WHERE id = :'event';
SELECT tally_event(:'event', :rows);
COMMIT;
VACUUM (ANALYZE) booking;
CHECKPOINT;
