-- Takes every right that others may have been given in this database from PUBLIC and from the roles of
-- Boxoffice; what follows (rights_directory.sql, rights_shard.sql) gives each what it needs.
--
-- `boxoffice migrate` runs both in one transaction, each time, so that the roles have exactly what is
-- listed. It runs as the owner of the tables. Only the owner of the database decides who may connect, and
-- only the owner of the schema who may use it. What an extension brought along is left as it is.
--
-- A right goes the way of a column: it is taken away when the version before did not use it any more. A
-- program with other rights has another migration too, so that an older program does not take them away.
-- Two at a time would change the same rows of the catalog.
SET LOCAL lock_timeout = '60s';
SELECT pg_advisory_xact_lock(hashtext('boxoffice rights'));

DO $$
DECLARE
    others CONSTANT text := 'PUBLIC, boxoffice_ingress, boxoffice_worker, boxoffice_operator';
    roles  CONSTANT text := 'boxoffice_ingress, boxoffice_worker, boxoffice_operator';
    ours   record;
BEGIN
    IF (SELECT pg_has_role(datdba, 'USAGE') FROM pg_database WHERE datname = current_database()) THEN
        EXECUTE format('REVOKE ALL ON DATABASE %I FROM %s', current_database(), others);
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO %s', current_database(), roles);
    END IF;
    IF (SELECT pg_has_role(nspowner, 'USAGE') FROM pg_namespace WHERE nspname = current_schema()) THEN
        EXECUTE format('REVOKE ALL ON SCHEMA %I FROM %s', current_schema(), others);
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO %s', current_schema(), roles);
    END IF;
    -- With the rights on a table go those on its columns.
    FOR ours IN
        SELECT oid::regclass AS name, relkind = 'S' AS is_sequence FROM pg_class c
        WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
            AND pg_has_role(relowner, 'USAGE')
            AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass
                AND objid = c.oid AND deptype = 'e')
    LOOP
        EXECUTE format('REVOKE ALL ON %s %s FROM %s',
            CASE WHEN ours.is_sequence THEN 'SEQUENCE' ELSE 'TABLE' END, ours.name, others);
    END LOOP;
    FOR ours IN
        SELECT oid::regprocedure AS name FROM pg_proc p
        WHERE pronamespace = current_schema()::regnamespace AND pg_has_role(proowner, 'USAGE')
            AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass
                AND objid = p.oid AND deptype = 'e')
    LOOP
        EXECUTE format('REVOKE ALL ON ROUTINE %s FROM %s', ours.name, others);
    END LOOP;
END
$$;
