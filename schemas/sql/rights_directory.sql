-- Who may do what in the directory database. Accounts are the ingresses' alone: nobody else reads a name,
-- an address or a password's hash, and not even they change an address or a role.

GRANT SELECT ON schema_migration TO boxoffice_ingress, boxoffice_worker, boxoffice_operator;

GRANT SELECT, INSERT, DELETE ON account TO boxoffice_ingress;
GRANT UPDATE (name, password_hash, session_generation, event_made_at) ON account TO boxoffice_ingress;

GRANT SELECT, INSERT, DELETE ON session_revocation TO boxoffice_ingress;
GRANT UPDATE (generation, spared, issued_before, expires_at, written_by) ON session_revocation
    TO boxoffice_ingress;

GRANT SELECT, INSERT, DELETE ON worker TO boxoffice_worker;
GRANT UPDATE (shards, able, seen_at) ON worker TO boxoffice_worker;
GRANT SELECT ON worker TO boxoffice_operator;
