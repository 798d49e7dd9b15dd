-- One account an address, however it is written: by its canonical form (BookingStore's EmailAddress).
--
-- `boxoffice migrate` fills it in for addresses that are not all ASCII. It stays empty for an account whose
-- address turns out to be that of another account: both can sign in as before, and `migrate` names them.
ALTER TABLE account ADD COLUMN canonical_email text;

UPDATE account SET canonical_email = lower(email COLLATE "C") WHERE octet_length(email) = char_length(email);

CREATE UNIQUE INDEX account_canonical_email_unique ON account (canonical_email);
-- What is left to be filled in.
CREATE INDEX account_canonical_email_missing ON account (lower(email)) WHERE canonical_email IS NULL;

-- Older versions of the program know nothing of it.
CREATE FUNCTION account_canonical_email() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.canonical_email IS NULL
        AND octet_length(NEW.email) = char_length(NEW.email) THEN
        NEW.canonical_email := lower(NEW.email COLLATE "C");
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER account_canonical_email BEFORE INSERT ON account
    FOR EACH ROW EXECUTE FUNCTION account_canonical_email();
