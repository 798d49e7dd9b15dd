-- Which kinds of command the owner of a shard reads. Ingresses send it no others.

ALTER TABLE shard_lease
    ADD COLUMN kinds       text[]        NOT NULL DEFAULT '{}',
    -- For each of them, since when all owners have read it.
    ADD COLUMN kinds_since timestamptz[] NOT NULL DEFAULT '{}',
    -- The epoch of the owner who said so. An owner of an older version says nothing, and moves the epoch on.
    ADD COLUMN kinds_epoch bigint        NOT NULL DEFAULT 0,
    ADD CONSTRAINT shard_lease_kinds_paired CHECK (cardinality(kinds) = cardinality(kinds_since));
