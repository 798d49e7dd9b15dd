-- A shop as shops are usually built: a row for what is left, locked by everybody who buys.

CREATE TABLE stock (
    id        integer NOT NULL,
    capacity  integer NOT NULL,
    available integer NOT NULL,
    CONSTRAINT stock_pkey PRIMARY KEY (id),
    CONSTRAINT stock_available_in_capacity CHECK (available BETWEEN 0 AND capacity)
) WITH (fillfactor = 50);

CREATE TABLE booking (
    id         uuid        NOT NULL,
    stock_id   integer     NOT NULL,
    user_id    uuid        NOT NULL,
    quantity   integer     NOT NULL,
    status     text        NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT booking_pkey PRIMARY KEY (id),
    CONSTRAINT booking_stock_fkey FOREIGN KEY (stock_id) REFERENCES stock (id),
    CONSTRAINT booking_quantity_positive CHECK (quantity >= 1)
);
CREATE INDEX booking_user ON booking (user_id, created_at DESC);

INSERT INTO stock (id, capacity, available) VALUES (1, 1000000000, 1000000000);
