-- What a buyer has of the ticket types that limit it, so that a limit is decided by one look-up however
-- often somebody has booked. Written in the transaction that writes the bookings, and equal to what they
-- come to.

-- Tickets that count against the limit: those of bookings that are confirmed, held or waitlisted.
-- Only ticket types with max_per_user have rows. There are no foreign keys: rows are written only under
-- the lock on the event's row, and each key would be checked for every booking.
CREATE TABLE buyer_tally (
    event_id    uuid     NOT NULL,
    user_id     uuid     NOT NULL,
    ticket_type smallint NOT NULL,
    taken       integer  NOT NULL,
    CONSTRAINT buyer_tally_pkey PRIMARY KEY (event_id, user_id, ticket_type),
    CONSTRAINT buyer_tally_taken_not_negative CHECK (taken >= 0)
) WITH (fillfactor = 80);

-- How far along its sequence an event with limits is tallied. What stands above was written by a program
-- that knows nothing of tallies, and is tallied before the next decision. Whatever gives a ticket type a
-- limit that it did not have deletes the event's rows here and in buyer_tally.
CREATE TABLE event_tally (
    event_id uuid   NOT NULL,
    sequence bigint NOT NULL,
    CONSTRAINT event_tally_pkey PRIMARY KEY (event_id),
    CONSTRAINT event_tally_sequence_not_negative CHECK (sequence >= 0)
) WITH (fillfactor = 50);

-- Tallies at most rows_max more bookings of an event, and returns how many are left. The caller locks the
-- event's row, or knows that nobody else tallies. An event without limits has nothing to tally.
CREATE FUNCTION tally_event(tallied uuid, rows_max bigint) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    decided bigint;
    since   bigint;
    until   bigint;
BEGIN
    -- Statement by statement: what is decided here is visible to the next one.
    SELECT sequence INTO decided FROM event WHERE id = tallied;
    since := coalesce((SELECT sequence FROM event_tally WHERE event_id = tallied), 0);
    until := least(decided, since + rows_max);
    IF until <= since THEN
        RETURN 0;
    END IF;
    INSERT INTO buyer_tally AS t (event_id, user_id, ticket_type, taken)
    SELECT tallied, b.user_id, item.number, sum(item.quantity)
    FROM booking b
    CROSS JOIN unnest(b.ticket_types, b.quantities) AS item (number, quantity)
    WHERE b.event_id = tallied AND b.sequence > since AND b.sequence <= until
        AND b.status IN ('confirmed', 'held', 'waitlisted')
        AND item.number IN (
            SELECT number FROM ticket_type
            WHERE event_id = tallied AND max_per_user IS NOT NULL)
    GROUP BY b.user_id, item.number
    ON CONFLICT (event_id, user_id, ticket_type) DO UPDATE SET taken = t.taken + excluded.taken;
    INSERT INTO event_tally (event_id, sequence) VALUES (tallied, until)
    ON CONFLICT (event_id) DO UPDATE SET sequence = excluded.sequence;
    RETURN decided - until;
END
$$;

-- What is there already. It is only read: workers go on meanwhile, and what they write is above the mark.
SELECT tally_event(id, sequence) FROM event e
WHERE EXISTS (SELECT FROM ticket_type t WHERE t.event_id = e.id AND max_per_user IS NOT NULL);

-- How many events an organizer has. Last, since it keeps writers of events waiting until the commit.
CREATE INDEX event_organizer ON event (organizer_id);
