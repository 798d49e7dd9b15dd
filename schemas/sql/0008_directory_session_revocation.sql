-- Sessions that ended before their time. Every ingress follows this table, and forgets what has expired.

-- Grows with each change of the password; a session knows which one it was made under.
ALTER TABLE account ADD COLUMN session_generation integer NOT NULL DEFAULT 0;

CREATE TABLE session_revocation (
    -- A session that was signed out of; or an account whose password was changed.
    subject       uuid        NOT NULL,
    -- For an account: the sessions of all generations before this one are over,
    generation    integer,
    -- but for the one that changed the password.
    spared        uuid,
    -- For an account: older versions made sessions without a generation; those made before this are over.
    issued_before timestamptz,
    -- When the sessions would have ended anyway.
    expires_at    timestamptz NOT NULL,
    -- So that a reader can ask for what was written by transactions that it has not seen the end of.
    written_by    xid8        NOT NULL DEFAULT pg_current_xact_id(),
    CONSTRAINT session_revocation_pkey PRIMARY KEY (subject),
    CONSTRAINT session_revocation_kind
        CHECK ((generation IS NULL) = (issued_before IS NULL)),
    CONSTRAINT session_revocation_spared CHECK (spared IS NULL OR generation IS NOT NULL)
);

CREATE INDEX session_revocation_written_by ON session_revocation (written_by, subject);
CREATE INDEX session_revocation_expires_at ON session_revocation (expires_at);
