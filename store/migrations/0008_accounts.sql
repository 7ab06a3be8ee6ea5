-- +goose Up

-- Our accounts at the wallets, beside those in the configuration. An account
-- is never deleted: payments that were made on it are followed through it.
CREATE TABLE account (
    id          TEXT     NOT NULL PRIMARY KEY,
    merchant_id TEXT     NOT NULL REFERENCES merchant (id),
    wallet      TEXT     NOT NULL,
    mode        TEXT     NOT NULL,
    priority    BIGINT   NOT NULL, -- the lowest takes the money
    enabled     SMALLINT NOT NULL,
    fee_rate    BIGINT   NOT NULL, -- hundred-thousandths
    version     BIGINT   NOT NULL, -- of its credentials that count
    created_us  BIGINT   NOT NULL,
    updated_us  BIGINT   NOT NULL,
    CONSTRAINT account_mode_known CHECK (mode IN ('live', 'sandbox')),
    CONSTRAINT account_fee_rate CHECK (fee_rate >= 0 AND fee_rate <= 100000)
);

CREATE INDEX account_by_merchant ON account (merchant_id, priority, id);

-- The credentials of an account, each version whole.
CREATE TABLE account_credentials (
    account_id TEXT   NOT NULL REFERENCES account (id),
    version    BIGINT NOT NULL,
    settings   TEXT   NOT NULL, -- JSON object of texts; not secret
    facts      TEXT   NOT NULL, -- JSON: fingerprints, serial numbers, when certificates end
    made_us    BIGINT NOT NULL,
    until_us   BIGINT NOT NULL, -- still reads what comes, until then; 0: it counts now
    PRIMARY KEY (account_id, version)
);

CREATE TABLE account_secret (
    account_id TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    field      TEXT   NOT NULL,
    sealed     TEXT   NOT NULL,
    PRIMARY KEY (account_id, version, field),
    FOREIGN KEY (account_id, version) REFERENCES account_credentials (account_id, version)
);

-- Tills that take money on sandbox accounts only.
CREATE TABLE training_till (
    till_id     TEXT   NOT NULL PRIMARY KEY REFERENCES till (id),
    merchant_id TEXT   NOT NULL,
    since_us    BIGINT NOT NULL
);
