-- Shards that move between workers, and what their operators want to know of them.

ALTER TABLE shard_lease
    ADD COLUMN claimed_at    timestamptz,
    -- Whether the owner is handing the shard over: it has stopped consuming and still has messages in
    -- hand, which the broker gives to nobody else before it has seen the owner go.
    ADD COLUMN draining      boolean  NOT NULL DEFAULT false,
    -- How often the lease was taken from an owner that was dead or frozen: ever, and since
    -- crashes_since, which is never more than a minute ago when it counts.
    ADD COLUMN takeovers     bigint   NOT NULL DEFAULT 0,
    ADD COLUMN crashes       smallint NOT NULL DEFAULT 0,
    ADD COLUMN crashes_since timestamptz NOT NULL DEFAULT '-infinity',
    -- Commands decided ever, the messages they came in, and the last batch: when it was written, and
    -- how long its oldest command had waited.
    ADD COLUMN commands      bigint   NOT NULL DEFAULT 0,
    ADD COLUMN messages      bigint   NOT NULL DEFAULT 0,
    ADD COLUMN decided_at    timestamptz,
    ADD COLUMN waited_ms     integer  NOT NULL DEFAULT 0,
    -- Nobody may claim a paused shard.
    ADD COLUMN paused_at     timestamptz;

-- Messages (digests of them) that may kill workers and are being tried alone, and how often they
-- have been. A row lasts while a trial does; what is left over belongs to workers that died.
CREATE TABLE suspect (
    digest uuid     NOT NULL,
    trials smallint NOT NULL DEFAULT 1,
    CONSTRAINT suspect_pkey PRIMARY KEY (digest)
);

-- The bookings of a paused event are accepted and wait.
ALTER TABLE event ADD COLUMN paused_at timestamptz;
DROP INDEX event_on_sale;
CREATE INDEX event_consumed ON event (id) WHERE status = 'onSale' AND paused_at IS NULL;

-- The epoch of the lease a booking was decided under: along an event's sequence it never falls.
ALTER TABLE booking ADD COLUMN epoch integer NOT NULL DEFAULT 0;
ALTER TABLE booking ALTER COLUMN epoch DROP DEFAULT;
