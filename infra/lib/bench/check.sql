-- psql: how many events of this shard do not add up. The counters say what the rows say, the line
-- has no gap, and nothing is sold twice.
WITH ours AS (
    SELECT id, sequence FROM event WHERE title NOT LIKE 'Filler %'
), sold AS (
    SELECT b.event_id, item.number, sum(item.quantity) AS places
    FROM booking b JOIN ours ON ours.id = b.event_id
        CROSS JOIN unnest(b.ticket_types, b.quantities) AS item (number, quantity)
    WHERE b.status = 'confirmed'
    GROUP BY b.event_id, item.number
), lines AS (
    SELECT b.event_id, count(*) AS decided, max(b.sequence) AS last
    FROM booking b JOIN ours ON ours.id = b.event_id
    GROUP BY b.event_id
)
SELECT
    (SELECT count(*) FROM ours LEFT JOIN lines ON lines.event_id = ours.id
     WHERE (ours.sequence, ours.sequence)
        IS DISTINCT FROM (coalesce(lines.decided, 0), coalesce(lines.last, 0)))
    + (SELECT count(*) FROM ticket_type t JOIN ours ON ours.id = t.event_id
        LEFT JOIN sold ON sold.event_id = t.event_id AND sold.number = t.number
     WHERE t.confirmed <> coalesce(sold.places, 0)
        OR t.available + t.held + t.confirmed <> t.capacity OR t.available < 0);
