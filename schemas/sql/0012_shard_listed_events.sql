-- Events that are in no public list: whoever knows the id can see and book them. Trials are such events.
ALTER TABLE event ADD COLUMN listed boolean NOT NULL DEFAULT true;

-- The public list, newest first. Older programs use `event_public`.
CREATE INDEX event_listed ON event (id) WHERE listed AND status <> 'draft';
