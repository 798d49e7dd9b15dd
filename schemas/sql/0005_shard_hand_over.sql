-- Whoever hands a shard over consumes until it closes its channel, so nobody need be warned any more.
ALTER TABLE shard_lease DROP COLUMN draining;
