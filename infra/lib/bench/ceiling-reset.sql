-- A shard with one event and nothing sold, for ceiling.sql.

TRUNCATE booking, ticket_type, event, shard_lease;
INSERT INTO shard_lease (shard, owner, epoch, expires_at)
VALUES (0, 'bench', 1, clock_timestamp() + interval '1 day');
INSERT INTO event (id, organizer_id, title, starts_at, status, version, sequence, created_at)
VALUES ('00000000-0000-7000-8000-000000000001', '00000000-0000-4000-8000-000000000000', 'Bench',
    '2030-01-01T00:00:00Z', 'onSale', 1, 0, now());
INSERT INTO ticket_type (event_id, number, name, capacity, available)
VALUES ('00000000-0000-7000-8000-000000000001', 1, 'Stalls', 10000000, 10000000);
