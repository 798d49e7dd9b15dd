-- One line for an event's whole life: holds, changes to bookings, and the log of all that was applied.

-- What the organizer lays down, and how far what is due is expiring: not all of it fits in one entry.
ALTER TABLE event
    ADD COLUMN hold_seconds          integer NOT NULL DEFAULT 600,
    ADD COLUMN payment_grace_seconds integer NOT NULL DEFAULT 120,
    ADD COLUMN expiring_until        timestamptz,
    ADD CONSTRAINT event_hold_seconds_range CHECK (hold_seconds BETWEEN 30 AND 86400),
    ADD CONSTRAINT event_payment_grace_seconds_range CHECK (
        payment_grace_seconds BETWEEN 10 AND 3600);

CREATE INDEX event_expiring ON event (id) WHERE expiring_until IS NOT NULL;

-- Where a booking stands now. as_of_sequence is the place of the last entry that changed it, or nothing when
-- none did since it was made.
ALTER TABLE booking
    -- What was asked for besides the items, as the booking's id says it: 1 to be held for a while.
    ADD COLUMN flags            smallint NOT NULL DEFAULT 0,
    ADD COLUMN as_of_sequence   bigint,
    ADD COLUMN expires_at       timestamptz,
    ADD COLUMN extendable_until timestamptz,
    ADD COLUMN is_paying        boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT booking_flags_range CHECK (flags BETWEEN 0 AND 15),
    ADD CONSTRAINT booking_as_of_sequence_after CHECK (as_of_sequence > sequence),
    ADD CONSTRAINT booking_held_until CHECK (
        (status = 'held') = (expires_at IS NOT NULL)
        AND (expires_at IS NULL) = (extendable_until IS NULL)),
    ADD CONSTRAINT booking_paying_held CHECK (status = 'held' OR NOT is_paying);

-- A key is of one event, and everybody who has a key knows its event: so the index grows where the event's
-- bookings are, however many others there are. Older programs look keys up without.
ALTER TABLE booking DROP CONSTRAINT booking_pkey;
ALTER TABLE booking ADD CONSTRAINT booking_pkey PRIMARY KEY (event_id, key);
CREATE INDEX booking_key ON booking (key);

-- What is due first, of an event and of the shard.
CREATE INDEX booking_due ON booking (event_id, expires_at, sequence) WHERE status = 'held';

-- What commands that asked to change a booking came to: each id once, whenever it comes again.
CREATE TABLE booking_change (
    event_id    uuid        NOT NULL,
    id          uuid        NOT NULL,
    booking_key uuid        NOT NULL,
    sequence    bigint      NOT NULL,
    refusal     text,
    CONSTRAINT booking_change_pkey PRIMARY KEY (event_id, id),
    CONSTRAINT booking_change_event_fkey FOREIGN KEY (event_id) REFERENCES event (id),
    CONSTRAINT booking_change_sequence_positive CHECK (sequence >= 1),
    CONSTRAINT booking_change_refusal_known CHECK (refusal IN (
        'not_confirmable', 'hold_expired', 'not_extendable', 'not_cancellable', 'no_booking',
        'undecodable'))
);

-- The log: the entries that one batch applied to one event, in one row that never changes. Pages abut: each
-- begins where the one before ends. Their bytes are described in schemas/log/entry.v1.md.
--
-- What an older program applied has no page; the next owner that keeps a log packs it from its bookings
-- before it applies anything.
CREATE TABLE log_page (
    event_id       uuid        NOT NULL,
    first_sequence bigint      NOT NULL,
    count          integer     NOT NULL,
    -- When the last of the entries was applied, and under which epoch of the lease.
    decided_at     timestamptz NOT NULL,
    epoch          integer     NOT NULL,
    entries        bytea       NOT NULL,
    CONSTRAINT log_page_pkey PRIMARY KEY (event_id, first_sequence),
    CONSTRAINT log_page_event_fkey FOREIGN KEY (event_id) REFERENCES event (id),
    CONSTRAINT log_page_first_sequence_positive CHECK (first_sequence >= 1),
    CONSTRAINT log_page_count_positive CHECK (count >= 1)
);
-- To compress them costs more than the bytes it saves.
ALTER TABLE log_page ALTER COLUMN entries SET STORAGE EXTERNAL;
