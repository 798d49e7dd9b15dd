-- What a worker that dies, freezes or is cut off leaves behind, and what cannot be applied.

-- A process that tries a message alone, since the message may kill workers, and has not said yet that it
-- survived. The rows of a message are the processes that died of it, and the one that tries it now.
-- (The table suspect counted trials that failed for other reasons, too; it is read no more.)
CREATE TABLE suspect_trial (
    digest  uuid NOT NULL,
    process uuid NOT NULL,
    CONSTRAINT suspect_trial_pkey PRIMARY KEY (digest, process)
);

-- Messages, and commands of messages, that could not be applied; for operators. The event need not exist.
CREATE TABLE dead_letter (
    number    bigint      GENERATED ALWAYS AS IDENTITY,
    -- Of the event, the problem and the body: a letter that comes again while it lies here is the same.
    digest    uuid        NOT NULL,
    event_id  uuid        NOT NULL,
    problem   text        NOT NULL,
    type      text,
    body      bytea       NOT NULL,
    buried_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT dead_letter_pkey PRIMARY KEY (number),
    CONSTRAINT dead_letter_digest_unique UNIQUE (digest)
);
