-- +goose Up

CREATE TABLE merchant (
    id         TEXT   NOT NULL PRIMARY KEY,
    name       TEXT   NOT NULL,
    created_us BIGINT NOT NULL
);

CREATE TABLE shop (
    id          TEXT   NOT NULL PRIMARY KEY,
    merchant_id TEXT   NOT NULL REFERENCES merchant (id),
    name        TEXT   NOT NULL,
    address     TEXT   NOT NULL,
    phone       TEXT   NOT NULL,
    zone        TEXT   NOT NULL, -- IANA name
    created_us  BIGINT NOT NULL
);

CREATE TABLE till (
    id          TEXT   NOT NULL PRIMARY KEY,
    merchant_id TEXT   NOT NULL REFERENCES merchant (id),
    shop_id     TEXT   NOT NULL REFERENCES shop (id),
    number      TEXT   NOT NULL,
    name        TEXT   NOT NULL,
    printer     TEXT   NOT NULL, -- host:port; empty: none
    paper       BIGINT NOT NULL, -- millimetres: 58 or 80
    created_us  BIGINT NOT NULL
);

CREATE UNIQUE INDEX till_by_number ON till (shop_id, number);

CREATE TABLE staff (
    id              TEXT   NOT NULL PRIMARY KEY,
    merchant_id     TEXT   NOT NULL REFERENCES merchant (id),
    shop_id         TEXT   NOT NULL REFERENCES shop (id),
    number          TEXT   NOT NULL,
    name            TEXT   NOT NULL,
    role            TEXT   NOT NULL,
    pin_hash        TEXT   NOT NULL,
    created_us      BIGINT NOT NULL,
    CONSTRAINT staff_role_known CHECK (role IN ('cashier', 'manager', 'owner'))
);

CREATE UNIQUE INDEX staff_by_number ON staff (shop_id, number);

-- Tries to sign in since the last right PIN, by the number that was typed,
-- whether anybody has that number or not: nobody learns which numbers exist.
CREATE TABLE pin_try (
    shop_id         TEXT   NOT NULL REFERENCES shop (id),
    number          TEXT   NOT NULL,
    tries           BIGINT NOT NULL,
    locked_until_us BIGINT NOT NULL,
    PRIMARY KEY (shop_id, number)
);

CREATE TABLE session (
    token_hash  TEXT   NOT NULL PRIMARY KEY, -- SHA-256 of the token, hex
    id          TEXT   NOT NULL,
    merchant_id TEXT   NOT NULL,
    shop_id     TEXT   NOT NULL,
    till_id     TEXT   NOT NULL REFERENCES till (id),
    staff_id    TEXT   NOT NULL REFERENCES staff (id),
    created_us  BIGINT NOT NULL,
    seen_us     BIGINT NOT NULL,
    expires_us  BIGINT NOT NULL
);

CREATE TABLE api_key (
    key_hash    TEXT   NOT NULL PRIMARY KEY, -- SHA-256 of the key, hex
    id          TEXT   NOT NULL,
    merchant_id TEXT   NOT NULL REFERENCES merchant (id),
    name        TEXT   NOT NULL,
    created_us  BIGINT NOT NULL,
    revoked_us  BIGINT NOT NULL
);

CREATE TABLE department (
    merchant_id TEXT   NOT NULL REFERENCES merchant (id),
    id          TEXT   NOT NULL,
    name        TEXT   NOT NULL,
    place       BIGINT NOT NULL,
    PRIMARY KEY (merchant_id, id)
);

CREATE TABLE item (
    merchant_id   TEXT   NOT NULL,
    code          TEXT   NOT NULL,
    barcode       TEXT   NOT NULL,
    name          TEXT   NOT NULL,
    name_en       TEXT   NOT NULL,
    department_id TEXT   NOT NULL,
    price_fen     BIGINT NOT NULL,
    currency      TEXT   NOT NULL,
    unit          TEXT   NOT NULL,
    place         BIGINT NOT NULL,
    PRIMARY KEY (merchant_id, code),
    FOREIGN KEY (merchant_id, department_id) REFERENCES department (merchant_id, id),
    CONSTRAINT item_price CHECK (price_fen >= 0)
);
