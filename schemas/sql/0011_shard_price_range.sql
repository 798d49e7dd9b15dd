-- A price has at most 10^12 minor units, so that what a booking costs is exact in every reader of JSON. No
-- program has ever let in more.
ALTER TABLE ticket_type
    ADD CONSTRAINT ticket_type_price_range CHECK (price_amount <= 1000000000000);
