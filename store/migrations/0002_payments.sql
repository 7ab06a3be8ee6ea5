-- +goose Up

CREATE TABLE payment (
    merchant_id      TEXT     NOT NULL,
    id               TEXT     NOT NULL,
    version          BIGINT   NOT NULL,
    shop_id          TEXT     NOT NULL,
    till_id          TEXT     NOT NULL,
    staff_id         TEXT     NOT NULL,
    kind             TEXT     NOT NULL,
    wallet           TEXT     NOT NULL,
    amount_fen       BIGINT   NOT NULL,
    currency         TEXT     NOT NULL,
    sale             TEXT     NOT NULL,
    tender           TEXT     NOT NULL,
    description      TEXT     NOT NULL,
    metadata         TEXT     NOT NULL, -- JSON object of strings, opaque to SQL
    request_mac      TEXT     NOT NULL, -- hex
    state            TEXT     NOT NULL,
    reason           TEXT     NOT NULL,
    refunded_fen     BIGINT   NOT NULL,
    refund_held_fen  BIGINT   NOT NULL,
    created_us       BIGINT   NOT NULL,
    updated_us       BIGINT   NOT NULL,
    expires_us       BIGINT   NOT NULL, -- 0: never
    paid_us          BIGINT   NOT NULL, -- 0: not paid
    PRIMARY KEY (merchant_id, id),
    CONSTRAINT payment_amount_positive CHECK (amount_fen > 0),
    CONSTRAINT payment_refund_within CHECK (refund_held_fen <= amount_fen),
    CONSTRAINT payment_refund_held CHECK (refunded_fen >= 0 AND refunded_fen <= refund_held_fen)
);

-- Two tills cannot collect one tender of one bill twice.
CREATE UNIQUE INDEX payment_one_live_per_tender ON payment (merchant_id, sale, tender)
    WHERE sale <> '' AND state <> 'failed' AND state <> 'closed';

CREATE INDEX payment_by_time ON payment (merchant_id, created_us, id);
CREATE INDEX payment_by_till ON payment (merchant_id, till_id, created_us, id);

CREATE TABLE attempt (
    order_no        TEXT     NOT NULL PRIMARY KEY,
    merchant_id     TEXT     NOT NULL,
    payment_id      TEXT     NOT NULL,
    n               BIGINT   NOT NULL,
    account_id      TEXT     NOT NULL,
    wallet          TEXT     NOT NULL,
    state           TEXT     NOT NULL,
    ending          TEXT     NOT NULL,
    no_end          SMALLINT NOT NULL,
    fee_rate        BIGINT   NOT NULL, -- hundred-thousandths
    send_by_us      BIGINT   NOT NULL,
    believe_us      BIGINT   NOT NULL,
    asked_us        BIGINT   NOT NULL,
    end_us          BIGINT   NOT NULL,
    code            TEXT     NOT NULL, -- what a shown code says; a payer's own code is never stored
    code_expires_us BIGINT   NOT NULL,
    wallet_no       TEXT     NOT NULL,
    payer           TEXT     NOT NULL,
    charged_fen     BIGINT   NOT NULL,
    charged_currency TEXT    NOT NULL,
    booked          SMALLINT NOT NULL,
    suspense        TEXT     NOT NULL,
    paid_us         BIGINT   NOT NULL,
    reason          TEXT     NOT NULL,
    wallet_code     TEXT     NOT NULL,
    FOREIGN KEY (merchant_id, payment_id) REFERENCES payment (merchant_id, id),
    CONSTRAINT attempt_charged CHECK (charged_fen >= 0)
);

CREATE UNIQUE INDEX attempt_by_payment ON attempt (merchant_id, payment_id, n);

-- At most one attempt of a payment counts.
CREATE UNIQUE INDEX attempt_one_booked ON attempt (merchant_id, payment_id) WHERE booked = 1;

CREATE TABLE refund (
    merchant_id  TEXT   NOT NULL,
    id           TEXT   NOT NULL,
    version      BIGINT NOT NULL,
    payment_id   TEXT   NOT NULL,
    attempt      BIGINT NOT NULL,
    suspense_id  TEXT   NOT NULL,
    kind         TEXT   NOT NULL,
    amount_fen   BIGINT NOT NULL,
    currency     TEXT   NOT NULL,
    reason       TEXT   NOT NULL,
    staff_id     TEXT   NOT NULL,
    request_mac  TEXT   NOT NULL,
    refund_no    TEXT   NOT NULL,
    state        TEXT   NOT NULL,
    wallet_no    TEXT   NOT NULL,
    wallet_code  TEXT   NOT NULL,
    failure      TEXT   NOT NULL,
    send_by_us   BIGINT NOT NULL,
    believe_us   BIGINT NOT NULL,
    created_us   BIGINT NOT NULL,
    updated_us   BIGINT NOT NULL,
    done_us      BIGINT NOT NULL,
    PRIMARY KEY (merchant_id, id),
    FOREIGN KEY (merchant_id, payment_id) REFERENCES payment (merchant_id, id),
    CONSTRAINT refund_amount_positive CHECK (amount_fen > 0)
);

CREATE UNIQUE INDEX refund_by_no ON refund (refund_no);
CREATE INDEX refund_by_payment ON refund (merchant_id, payment_id);

CREATE TABLE suspense (
    merchant_id TEXT   NOT NULL,
    id          TEXT   NOT NULL,
    version     BIGINT NOT NULL,
    payment_id  TEXT   NOT NULL,
    attempt     BIGINT NOT NULL,
    amount_fen  BIGINT NOT NULL,
    currency    TEXT   NOT NULL,
    why         TEXT   NOT NULL,
    state       TEXT   NOT NULL,
    return_us   BIGINT NOT NULL,
    refund_id   TEXT   NOT NULL,
    created_us  BIGINT NOT NULL,
    resolved_us BIGINT NOT NULL,
    PRIMARY KEY (merchant_id, id),
    FOREIGN KEY (merchant_id, payment_id) REFERENCES payment (merchant_id, id),
    CONSTRAINT suspense_amount_positive CHECK (amount_fen > 0)
);

-- Money of one attempt comes to suspense once.
CREATE UNIQUE INDEX suspense_by_attempt ON suspense (merchant_id, payment_id, attempt);

-- The ledger: append-only. A change of a payment (its version) is booked once.
CREATE TABLE entry (
    merchant_id TEXT   NOT NULL,
    payment_id  TEXT   NOT NULL,
    version     BIGINT NOT NULL,
    line        BIGINT NOT NULL,
    refund_id   TEXT   NOT NULL,
    account     TEXT   NOT NULL,
    amount_fen  BIGINT NOT NULL, -- debit positive, credit negative
    currency    TEXT   NOT NULL,
    at_us       BIGINT NOT NULL,
    PRIMARY KEY (merchant_id, payment_id, version, line),
    FOREIGN KEY (merchant_id, payment_id) REFERENCES payment (merchant_id, id)
);

CREATE INDEX entry_by_account ON entry (merchant_id, account, at_us);

-- News: append-only; n is given after the commit, without gaps, per merchant.
CREATE TABLE news (
    merchant_id TEXT   NOT NULL,
    id          TEXT   NOT NULL,
    shop_id     TEXT   NOT NULL,
    till_id     TEXT   NOT NULL,
    topic       TEXT   NOT NULL,
    payment_id  TEXT   NOT NULL,
    refund_id   TEXT   NOT NULL,
    at_us       BIGINT NOT NULL,
    n           BIGINT,
    PRIMARY KEY (merchant_id, id)
);

CREATE UNIQUE INDEX news_by_n ON news (merchant_id, n) WHERE n IS NOT NULL;
CREATE INDEX news_unnumbered ON news (merchant_id, at_us, id) WHERE n IS NULL;

-- What passed on the wire (masked) and how states changed: append-only.
CREATE TABLE timeline (
    merchant_id TEXT   NOT NULL,
    payment_id  TEXT   NOT NULL,
    id          TEXT   NOT NULL,
    refund_id   TEXT   NOT NULL,
    attempt     BIGINT NOT NULL,
    at_us       BIGINT NOT NULL,
    kind        TEXT   NOT NULL,
    op          TEXT   NOT NULL,
    sent        TEXT   NOT NULL,
    got         TEXT   NOT NULL,
    http        BIGINT NOT NULL,
    took_us     BIGINT NOT NULL,
    failure     TEXT   NOT NULL,
    was         TEXT   NOT NULL,
    became      TEXT   NOT NULL,
    PRIMARY KEY (merchant_id, payment_id, id)
);
