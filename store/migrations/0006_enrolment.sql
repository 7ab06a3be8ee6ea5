-- +goose Up

-- At most one code per till waits to be typed.
CREATE TABLE enrolment_code (
    till_id    TEXT   NOT NULL PRIMARY KEY REFERENCES till (id),
    code_mac   TEXT   NOT NULL, -- HMAC of the code, hex
    staff_id   TEXT   NOT NULL,
    tries      BIGINT NOT NULL,
    created_us BIGINT NOT NULL,
    expires_us BIGINT NOT NULL,
    CONSTRAINT enrolment_code_tries CHECK (tries >= 0)
);

CREATE TABLE till_key (
    id           TEXT   NOT NULL PRIMARY KEY, -- made from the key
    merchant_id  TEXT   NOT NULL REFERENCES merchant (id),
    till_id      TEXT   NOT NULL REFERENCES till (id),
    public_key   TEXT   NOT NULL, -- the point, base64
    staff_id     TEXT   NOT NULL,
    clock_off_us BIGINT NOT NULL,
    bound_us     BIGINT NOT NULL,
    revoked_us   BIGINT NOT NULL, -- 0: live
    released_us  BIGINT NOT NULL, -- 0: its till stays bound
    CONSTRAINT till_key_released CHECK (released_us = 0 OR revoked_us > 0)
);

CREATE UNIQUE INDEX till_key_one_live ON till_key (till_id) WHERE revoked_us = 0;
CREATE INDEX till_key_by_till ON till_key (till_id, bound_us);

CREATE TABLE offline_slot (
    key_id     TEXT   NOT NULL REFERENCES till_key (id),
    slot       BIGINT NOT NULL,
    sealed     TEXT   NOT NULL, -- eight digits, closed under the house's key
    payment_id TEXT   NOT NULL, -- empty: unused
    created_us BIGINT NOT NULL,
    PRIMARY KEY (key_id, slot),
    CONSTRAINT offline_slot_counted CHECK (slot > 0)
);

-- Offline codes that a payer's phone has opened.
CREATE TABLE offline_code (
    key_id      TEXT   NOT NULL REFERENCES till_key (id),
    nonce       TEXT   NOT NULL, -- hex
    merchant_id TEXT   NOT NULL,
    sale        TEXT   NOT NULL,
    tender      TEXT   NOT NULL,
    amount_fen  BIGINT NOT NULL,
    currency    TEXT   NOT NULL,
    slot        BIGINT NOT NULL,
    opened_us   BIGINT NOT NULL,
    PRIMARY KEY (key_id, nonce),
    CONSTRAINT offline_code_amount CHECK (amount_fen > 0)
);

CREATE INDEX offline_code_by_tender ON offline_code (merchant_id, sale, tender, opened_us);

-- Tenders that were settled without the code that was shown for them.
CREATE TABLE offline_settled (
    merchant_id TEXT   NOT NULL,
    sale        TEXT   NOT NULL,
    tender      TEXT   NOT NULL,
    till_id     TEXT   NOT NULL,
    staff_id    TEXT   NOT NULL,
    at_us       BIGINT NOT NULL,
    PRIMARY KEY (merchant_id, sale, tender)
);
