-- The workers that live, so that each can take its fair share of the shards. A row is a heartbeat:
-- a worker is alive while it was seen in the last two seconds.
CREATE TABLE worker (
    name       text        NOT NULL,
    -- The shards it serves.
    shards     smallint[]  NOT NULL,
    -- Whether it could serve more: it reaches the broker and the databases, and is not stopping.
    able       boolean     NOT NULL,
    started_at timestamptz NOT NULL,
    seen_at    timestamptz NOT NULL,
    CONSTRAINT worker_pkey PRIMARY KEY (name)
) WITH (fillfactor = 50);
