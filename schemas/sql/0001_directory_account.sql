-- The directory database: who may sign in.

CREATE TABLE account (
    id            uuid        NOT NULL,
    email         text        NOT NULL,
    name          text        NOT NULL,
    role          text        NOT NULL,
    password_hash text        NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT account_pkey PRIMARY KEY (id),
    CONSTRAINT account_email_length CHECK (char_length(email) BETWEEN 3 AND 254),
    CONSTRAINT account_name_length CHECK (char_length(name) BETWEEN 1 AND 200),
    CONSTRAINT account_role_known CHECK (role IN ('attendee', 'organizer'))
);

-- One account an address, whatever the case it is written in; also the look-up at sign-in.
CREATE UNIQUE INDEX account_email_unique ON account (lower(email));
