-- Whoever hands a shard over consumes until it closes its channel, so nobody need be warned any more.
-- Workers of the version before read the column: stop them first.
ALTER TABLE shard_lease DROP COLUMN draining;
