-- An event's times are in the years 1970 to 9999 in UTC: other years have no place in RFC 3339, or none
-- in what clients are promised.
--
-- Events made before may lie outside. Each time is moved to the nearest that is allowed; an end that
-- would no longer be after the start is dropped. It is another state of the event, so it has another
-- version: what was cached of it is out of date, and a worker reads it anew.
UPDATE event SET
    starts_at = least(greatest(starts_at, '1970-01-01 00:00:00Z'), '9999-12-31 23:59:59.999999Z'),
    ends_at = nullif(
        least(greatest(ends_at, '1970-01-01 00:00:00Z'), '9999-12-31 23:59:59.999999Z'),
        least(greatest(starts_at, '1970-01-01 00:00:00Z'), '9999-12-31 23:59:59.999999Z')),
    version = version + 1
WHERE starts_at NOT BETWEEN '1970-01-01 00:00:00Z' AND '9999-12-31 23:59:59.999999Z'
    OR ends_at NOT BETWEEN '1970-01-01 00:00:00Z' AND '9999-12-31 23:59:59.999999Z';

ALTER TABLE event
    ADD CONSTRAINT event_starts_at_range CHECK (
        starts_at BETWEEN '1970-01-01 00:00:00Z' AND '9999-12-31 23:59:59.999999Z'),
    ADD CONSTRAINT event_ends_at_range CHECK (
        ends_at BETWEEN '1970-01-01 00:00:00Z' AND '9999-12-31 23:59:59.999999Z');
