-- When an organizer last began to make an event, so that the account is not removed meanwhile: events are in the
-- shards, which a transaction of the directory cannot ask.
ALTER TABLE account ADD COLUMN event_made_at timestamptz;
