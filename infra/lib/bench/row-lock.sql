-- pgbench: one booking by the row lock, as a shop's handler would do it, a statement at a time.
\set buyer random(1, 8)
BEGIN;
SELECT available FROM stock WHERE id = 1 FOR UPDATE;
INSERT INTO booking (id, stock_id, user_id, quantity, status, created_at)
VALUES (gen_random_uuid(), 1, ('00000000-0000-4000-8000-00000000000' || :buyer)::uuid, 1,
    'confirmed', now());
UPDATE stock SET available = available - 1 WHERE id = 1;
COMMIT;
