-- Who may do what in a shard database. Ingresses make events and read; all that is decided is written by
-- workers; operators pause, and look after dead letters.

GRANT SELECT ON schema_migration TO boxoffice_ingress, boxoffice_worker, boxoffice_operator;

-- Which shard it is, and which kinds of command its owner reads.
GRANT SELECT (shard, epoch, kinds, kinds_since, kinds_epoch) ON shard_lease TO boxoffice_ingress;
-- All but the pause.
GRANT SELECT ON shard_lease TO boxoffice_worker, boxoffice_operator;
GRANT UPDATE (owner, epoch, expires_at, batch, claimed_at, takeovers, crashes, crashes_since, commands,
    messages, decided_at, waited_ms, kinds, kinds_since, kinds_epoch) ON shard_lease TO boxoffice_worker;
GRANT UPDATE (paused_at) ON shard_lease TO boxoffice_operator;

GRANT SELECT, INSERT ON event TO boxoffice_ingress;
GRANT SELECT ON event TO boxoffice_worker;
GRANT UPDATE (version, sequence, expiring_until) ON event TO boxoffice_worker;
GRANT SELECT (id, status, paused_at), UPDATE (paused_at) ON event TO boxoffice_operator;

GRANT SELECT, INSERT ON ticket_type TO boxoffice_ingress;
GRANT SELECT ON ticket_type TO boxoffice_worker;
GRANT UPDATE (available, held, confirmed) ON ticket_type TO boxoffice_worker;

GRANT SELECT ON booking TO boxoffice_ingress;
GRANT SELECT, INSERT ON booking TO boxoffice_worker;
GRANT UPDATE (status, as_of_sequence, expires_at, extendable_until, is_paying) ON booking TO boxoffice_worker;

GRANT SELECT ON booking_change TO boxoffice_ingress;
GRANT SELECT, INSERT ON booking_change TO boxoffice_worker;
GRANT SELECT, INSERT ON log_page TO boxoffice_worker;

GRANT SELECT ON buyer_tally TO boxoffice_ingress;
GRANT SELECT, INSERT, UPDATE (taken) ON buyer_tally TO boxoffice_worker;
GRANT SELECT, INSERT, UPDATE (sequence) ON event_tally TO boxoffice_worker;

GRANT SELECT, INSERT, DELETE ON suspect_trial TO boxoffice_worker;

GRANT SELECT (digest), INSERT (digest, event_id, problem, type, body), UPDATE (number, buried_at)
    ON dead_letter TO boxoffice_worker;
GRANT SELECT, DELETE ON dead_letter TO boxoffice_operator;

GRANT EXECUTE ON FUNCTION ensure, tally_event TO boxoffice_worker;
