-- +goose Up

-- One counter per merchant numbers every change of what tills keep. It is
-- bumped in the transaction that changes a row, and its row is locked until
-- that one ends: numbers are committed in their order. They are microseconds
-- when the clock allows, so that a restored backup gives none out twice.
CREATE TABLE goods_counter (
    merchant_id TEXT   NOT NULL PRIMARY KEY,
    n           BIGINT NOT NULL
);

-- Every change, for ever: who, when, what it was and what it became.
CREATE TABLE goods_change (
    merchant_id TEXT   NOT NULL,
    n           BIGINT NOT NULL,
    at_us       BIGINT NOT NULL,
    staff_id    TEXT   NOT NULL, -- empty: a program
    kind        TEXT   NOT NULL, -- item, department, price, staff, role, shop_settings, till_settings
    thing       TEXT   NOT NULL, -- its name among those of its kind
    was         TEXT   NOT NULL, -- JSON; empty: it was not there
    became      TEXT   NOT NULL,
    PRIMARY KEY (merchant_id, n)
);

CREATE INDEX goods_change_of ON goods_change (merchant_id, kind, thing, n);

ALTER TABLE department ADD COLUMN name_en TEXT NOT NULL DEFAULT '';
ALTER TABLE department ADD COLUMN colour TEXT NOT NULL DEFAULT '';
ALTER TABLE department ADD COLUMN tax_milli BIGINT NOT NULL DEFAULT -1; -- -1: not said
ALTER TABLE department ADD COLUMN gone SMALLINT NOT NULL DEFAULT 0;
ALTER TABLE department ADD COLUMN changed BIGINT NOT NULL DEFAULT 1;

ALTER TABLE item ADD COLUMN barcodes TEXT NOT NULL DEFAULT ''; -- separated by blanks
ALTER TABLE item ADD COLUMN pinyin TEXT NOT NULL DEFAULT '';
ALTER TABLE item ADD COLUMN search TEXT NOT NULL DEFAULT ''; -- all that it is found by
ALTER TABLE item ADD COLUMN weighed TEXT NOT NULL DEFAULT '';
ALTER TABLE item ADD COLUMN points_milli BIGINT NOT NULL DEFAULT -1; -- -1: not said
ALTER TABLE item ADD COLUMN no_discount SMALLINT NOT NULL DEFAULT 0;
ALTER TABLE item ADD COLUMN tile SMALLINT NOT NULL DEFAULT 0;
ALTER TABLE item ADD COLUMN gone SMALLINT NOT NULL DEFAULT 0;
ALTER TABLE item ADD COLUMN changed BIGINT NOT NULL DEFAULT 1;

-- A barcode belongs to one item. item.barcodes is the same list, in its order.
CREATE TABLE item_barcode (
    merchant_id TEXT NOT NULL,
    barcode     TEXT NOT NULL,
    item_code   TEXT NOT NULL,
    PRIMARY KEY (merchant_id, barcode),
    FOREIGN KEY (merchant_id, item_code) REFERENCES item (merchant_id, code)
);

CREATE INDEX item_barcode_of ON item_barcode (merchant_id, item_code);

INSERT INTO item_barcode (merchant_id, barcode, item_code)
    SELECT merchant_id, barcode, MIN(code) FROM item WHERE barcode <> '' GROUP BY merchant_id, barcode;
UPDATE item SET barcodes = barcode WHERE EXISTS (
    SELECT 1 FROM item_barcode b WHERE b.merchant_id = item.merchant_id AND b.item_code = item.code);
UPDATE item SET changed = o.place FROM (
    SELECT merchant_id, code, ROW_NUMBER() OVER (PARTITION BY merchant_id ORDER BY code) AS place FROM item) o
    WHERE o.merchant_id = item.merchant_id AND o.code = item.code;
INSERT INTO goods_change (merchant_id, n, at_us, staff_id, kind, thing, was, became)
    SELECT merchant_id, changed, 0, '', 'item', code, '', '' FROM item;
INSERT INTO goods_counter (merchant_id, n)
    SELECT merchant_id, MAX(n) FROM goods_change GROUP BY merchant_id;

CREATE INDEX item_by_change ON item (merchant_id, changed);
CREATE INDEX item_by_place ON item (merchant_id, gone, place, code);

-- A price for a time. The latest that is in force wins over the item's own.
CREATE TABLE price (
    merchant_id TEXT     NOT NULL,
    id          TEXT     NOT NULL,
    item_code   TEXT     NOT NULL,
    price_fen   BIGINT   NOT NULL,
    from_us     BIGINT   NOT NULL,
    until_us    BIGINT   NOT NULL, -- 0: without an end
    segment     TEXT     NOT NULL, -- of members; empty: everybody
    gone        SMALLINT NOT NULL,
    changed     BIGINT   NOT NULL,
    PRIMARY KEY (merchant_id, id),
    FOREIGN KEY (merchant_id, item_code) REFERENCES item (merchant_id, code),
    CONSTRAINT price_positive CHECK (price_fen > 0),
    CONSTRAINT price_ends CHECK (until_us = 0 OR until_us > from_us)
);

CREATE INDEX price_by_change ON price (merchant_id, changed);
CREATE INDEX price_of_item ON price (merchant_id, item_code, from_us);

ALTER TABLE staff ADD COLUMN limits TEXT NOT NULL DEFAULT ''; -- JSON; empty: those of the role
ALTER TABLE staff ADD COLUMN gone SMALLINT NOT NULL DEFAULT 0;
ALTER TABLE staff ADD COLUMN changed BIGINT NOT NULL DEFAULT 1;

CREATE TABLE role_limit (
    merchant_id TEXT   NOT NULL,
    role        TEXT   NOT NULL,
    limits      TEXT   NOT NULL, -- JSON
    changed     BIGINT NOT NULL,
    PRIMARY KEY (merchant_id, role),
    CONSTRAINT role_limit_known CHECK (role IN ('cashier', 'manager', 'owner'))
);

-- What a shop, or one of its tills, says otherwise than the usual.
CREATE TABLE setting (
    merchant_id TEXT   NOT NULL,
    scope       TEXT   NOT NULL,
    place_id    TEXT   NOT NULL,
    body        TEXT   NOT NULL, -- JSON
    changed     BIGINT NOT NULL,
    PRIMARY KEY (merchant_id, scope, place_id),
    CONSTRAINT setting_scope CHECK (scope IN ('shop', 'till'))
);
