-- A shard database: events, what they sell, and every booking ever decided.

-- Turns a condition that does not hold into an error, so that a pipeline of statements can say
-- "only if" without a round trip. BX001: the lease is lost. BX002: somebody else wrote the event.
CREATE FUNCTION ensure(holds boolean, code text, what text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF holds IS NOT TRUE THEN
        RAISE EXCEPTION USING ERRCODE = code, MESSAGE = what;
    END IF;
END
$$;

-- Which shard this database is, and which worker may write to it now. Exactly one row.
CREATE TABLE shard_lease (
    shard      smallint    NOT NULL,
    owner      text,
    epoch      bigint      NOT NULL DEFAULT 0,
    expires_at timestamptz NOT NULL DEFAULT '-infinity',
    batch      bigint      NOT NULL DEFAULT 0,
    CONSTRAINT shard_lease_pkey PRIMARY KEY (shard),
    CONSTRAINT shard_lease_shard_range CHECK (shard BETWEEN 0 AND 4095)
) WITH (fillfactor = 50);
CREATE UNIQUE INDEX shard_lease_single ON shard_lease ((true));

-- organizer_id names an account of the directory database, which a foreign key cannot reach.
CREATE TABLE event (
    id           uuid        NOT NULL,
    organizer_id uuid        NOT NULL,
    title        text        NOT NULL,
    venue        text,
    starts_at    timestamptz NOT NULL,
    ends_at      timestamptz,
    status       text        NOT NULL,
    version      bigint      NOT NULL DEFAULT 1,
    sequence     bigint      NOT NULL DEFAULT 0,
    created_at   timestamptz NOT NULL,
    CONSTRAINT event_pkey PRIMARY KEY (id),
    CONSTRAINT event_title_length CHECK (char_length(title) BETWEEN 1 AND 200),
    CONSTRAINT event_venue_length CHECK (char_length(venue) BETWEEN 1 AND 200),
    CONSTRAINT event_ends_after_start CHECK (ends_at > starts_at),
    CONSTRAINT event_status_known CHECK (status IN ('draft', 'onSale', 'closed')),
    CONSTRAINT event_version_positive CHECK (version >= 1),
    CONSTRAINT event_sequence_not_negative CHECK (sequence >= 0)
) WITH (fillfactor = 50);
-- The public list, newest first (ids sort by time).
CREATE INDEX event_public ON event (id) WHERE status <> 'draft';
-- What a worker has to consume.
CREATE INDEX event_on_sale ON event (id) WHERE status = 'onSale';

CREATE TABLE ticket_type (
    event_id       uuid     NOT NULL,
    number         smallint NOT NULL,
    name           text     NOT NULL,
    capacity       integer  NOT NULL,
    available      integer  NOT NULL,
    held           integer  NOT NULL DEFAULT 0,
    confirmed      integer  NOT NULL DEFAULT 0,
    price_amount   bigint,
    price_currency text,
    max_per_user   integer,
    CONSTRAINT ticket_type_pkey PRIMARY KEY (event_id, number),
    CONSTRAINT ticket_type_event_fkey FOREIGN KEY (event_id) REFERENCES event (id),
    CONSTRAINT ticket_type_number_range CHECK (number BETWEEN 1 AND 100),
    CONSTRAINT ticket_type_name_length CHECK (char_length(name) BETWEEN 1 AND 200),
    CONSTRAINT ticket_type_capacity_range CHECK (capacity BETWEEN 1 AND 10000000),
    CONSTRAINT ticket_type_available_in_capacity CHECK (available BETWEEN 0 AND capacity),
    CONSTRAINT ticket_type_held_not_negative CHECK (held >= 0),
    CONSTRAINT ticket_type_confirmed_not_negative CHECK (confirmed >= 0),
    CONSTRAINT ticket_type_places_add_up CHECK (available + held + confirmed = capacity),
    CONSTRAINT ticket_type_price_not_negative CHECK (price_amount >= 0),
    CONSTRAINT ticket_type_price_whole CHECK ((price_amount IS NULL) = (price_currency IS NULL)),
    CONSTRAINT ticket_type_price_currency CHECK (price_currency ~ '^[A-Z]{3}$'),
    CONSTRAINT ticket_type_max_per_user_positive CHECK (max_per_user >= 1)
) WITH (fillfactor = 50);

-- A booking's items stand in two arrays of its row: a table of items would cost a third of the
-- write rate of a hot event. That their sums equal the counters of ticket_type, a query can check.
CREATE TABLE booking (
    key          uuid        NOT NULL,
    event_id     uuid        NOT NULL,
    sequence     bigint      NOT NULL,
    user_id      uuid,
    status       text        NOT NULL,
    reason       text,
    ticket_types smallint[],
    quantities   smallint[],
    created_at   timestamptz NOT NULL,
    decided_at   timestamptz NOT NULL,
    CONSTRAINT booking_pkey PRIMARY KEY (key),
    CONSTRAINT booking_event_fkey FOREIGN KEY (event_id) REFERENCES event (id),
    CONSTRAINT booking_sequence_unique UNIQUE (event_id, sequence),
    CONSTRAINT booking_sequence_positive CHECK (sequence >= 1),
    CONSTRAINT booking_status_known CHECK (status IN (
        'confirmed', 'held', 'waitlisted', 'rejected', 'cancelled', 'expired', 'failed')),
    CONSTRAINT booking_reason_known CHECK (reason IN (
        'sold_out', 'limit_exceeded', 'event_closed', 'unknown_ticket_type', 'deadline_passed',
        'undecodable')),
    CONSTRAINT booking_reason_given CHECK ((reason IS NOT NULL) = (status IN ('rejected', 'failed'))),
    CONSTRAINT booking_readable CHECK (
        status = 'failed' OR (user_id IS NOT NULL AND ticket_types IS NOT NULL)),
    CONSTRAINT booking_items_paired CHECK (
        ticket_types IS NULL AND quantities IS NULL
        OR cardinality(ticket_types) = cardinality(quantities)
            AND cardinality(ticket_types) BETWEEN 1 AND 10),
    CONSTRAINT booking_quantities_positive CHECK (1 <= ALL (quantities))
);
-- "My bookings", newest first, and what a user has of an event with limits.
CREATE INDEX booking_user ON booking (user_id, created_at DESC, key DESC);
