-- +goose Up

-- An address of a merchant's own programs that is told what happens.
CREATE TABLE webhook (
    id           TEXT     NOT NULL PRIMARY KEY,
    merchant_id  TEXT     NOT NULL REFERENCES merchant (id),
    url          TEXT     NOT NULL,
    topics       TEXT     NOT NULL, -- with a space between; empty: all
    description  TEXT     NOT NULL,
    enabled      SMALLINT NOT NULL,
    off_reason   TEXT     NOT NULL, -- why it is not enabled
    secret       TEXT     NOT NULL, -- sealed
    old_secret   TEXT     NOT NULL, -- sealed; empty: none. Signs too, until old_until_us
    old_until_us BIGINT   NOT NULL,
    told_n       BIGINT   NOT NULL, -- deliveries were made of all news up to this number
    failing_us   BIGINT   NOT NULL, -- since when nothing was delivered; 0: it works
    created_us   BIGINT   NOT NULL,
    updated_us   BIGINT   NOT NULL,
    deleted_us   BIGINT   NOT NULL, -- 0: no
    CONSTRAINT webhook_off_known CHECK (off_reason IN ('', 'hand', 'failing', 'gone')),
    CONSTRAINT webhook_off_told CHECK ((enabled = 1) = (off_reason = ''))
);

CREATE INDEX webhook_by_merchant ON webhook (merchant_id, id);

-- What is to be told to whom: made after the commit from numbered news, one row
-- for each address, never changed. Where it stands is told by its steps.
CREATE TABLE delivery (
    id          TEXT   NOT NULL PRIMARY KEY,
    merchant_id TEXT   NOT NULL,
    webhook_id  TEXT   NOT NULL REFERENCES webhook (id),
    event_id    TEXT   NOT NULL, -- of the news; the receiver knows the message by it
    n           BIGINT NOT NULL, -- of the news; 0: sent by hand
    topic       TEXT   NOT NULL,
    body        TEXT   NOT NULL,
    created_us  BIGINT NOT NULL
);

-- However many nodes walk the news, an address is told once.
CREATE UNIQUE INDEX delivery_once ON delivery (webhook_id, event_id);
CREATE INDEX delivery_by_time ON delivery (webhook_id, created_us, id);

-- What came of it: append-only. The last step says where the delivery stands.
CREATE TABLE delivery_step (
    delivery_id TEXT   NOT NULL REFERENCES delivery (id),
    n           BIGINT NOT NULL,
    outcome     TEXT   NOT NULL,
    at_us       BIGINT NOT NULL,
    took_us     BIGINT NOT NULL,
    http        BIGINT NOT NULL, -- 0: no answer
    failure     TEXT   NOT NULL,
    answer      TEXT   NOT NULL, -- its first kilobyte
    PRIMARY KEY (delivery_id, n),
    CONSTRAINT delivery_step_known CHECK (outcome IN ('delivered', 'failed', 'given_up', 'replayed'))
);
