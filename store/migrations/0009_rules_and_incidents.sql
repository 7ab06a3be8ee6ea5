-- +goose Up

ALTER TABLE suspense ADD COLUMN refused BIGINT NOT NULL DEFAULT 0;
ALTER TABLE suspense ADD COLUMN note TEXT NOT NULL DEFAULT '';

-- Cases for a person. The same oddity of the same order or refund is one case.
CREATE TABLE incident (
    merchant_id TEXT   NOT NULL,
    id          TEXT   NOT NULL,
    kind        TEXT   NOT NULL,
    payment_id  TEXT   NOT NULL,
    refund_id   TEXT   NOT NULL, -- empty: about the payment
    attempt     BIGINT NOT NULL,
    created_us  BIGINT NOT NULL,
    closed_us   BIGINT NOT NULL, -- 0: open
    staff_id    TEXT   NOT NULL,
    note        TEXT   NOT NULL,
    PRIMARY KEY (merchant_id, id),
    FOREIGN KEY (merchant_id, payment_id) REFERENCES payment (merchant_id, id)
);

CREATE UNIQUE INDEX incident_once ON incident (merchant_id, payment_id, attempt, refund_id, kind);
CREATE INDEX incident_open ON incident (merchant_id, id) WHERE closed_us = 0;

-- What the merchant allows, refuses or puts under a manager. Its conditions are
-- opaque to SQL: they are judged in memory.
CREATE TABLE rule (
    merchant_id TEXT     NOT NULL,
    id          TEXT     NOT NULL,
    place       BIGINT   NOT NULL, -- the order in which they are shown
    body        TEXT     NOT NULL, -- JSON
    changed_us  BIGINT   NOT NULL,
    PRIMARY KEY (merchant_id, id)
);

CREATE INDEX refund_by_time ON refund (merchant_id, created_us);

-- A manager's leave for one deed of one amount at one till, used once.
CREATE TABLE approval (
    token_hash  TEXT   NOT NULL PRIMARY KEY, -- SHA-256 of the token, hex
    merchant_id TEXT   NOT NULL,
    till_id     TEXT   NOT NULL,
    staff_id    TEXT   NOT NULL,
    deed        TEXT   NOT NULL,
    amount_fen  BIGINT NOT NULL,
    currency    TEXT   NOT NULL,
    expires_us  BIGINT NOT NULL,
    used_us     BIGINT NOT NULL, -- 0: not used
    used_for    TEXT   NOT NULL  -- the payment or refund
);
