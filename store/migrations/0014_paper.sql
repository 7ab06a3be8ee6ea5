-- +goose Up

-- A buyer asked for an invoice on the digital receipt. The sale itself stands
-- elsewhere; what an invoice needs of it is kept here.
CREATE TABLE invoice_request (
    id          TEXT   NOT NULL PRIMARY KEY,
    merchant_id TEXT   NOT NULL REFERENCES merchant (id),
    shop_id     TEXT   NOT NULL,
    sale_id     TEXT   NOT NULL,
    receipt_no  TEXT   NOT NULL,
    amount_fen  BIGINT NOT NULL,
    currency    TEXT   NOT NULL,
    title       TEXT   NOT NULL,
    tax_number  TEXT   NOT NULL, -- empty: a person
    contact     TEXT   NOT NULL,
    state       TEXT   NOT NULL,
    asked_us    BIGINT NOT NULL,
    closed_us   BIGINT NOT NULL, -- 0: open
    closed_by   TEXT   NOT NULL,
    note        TEXT   NOT NULL,
    CONSTRAINT invoice_request_state CHECK (state IN ('open', 'done', 'refused')),
    CONSTRAINT invoice_request_amount CHECK (amount_fen > 0)
);

CREATE UNIQUE INDEX invoice_request_by_sale ON invoice_request (merchant_id, sale_id) WHERE state = 'open';
CREATE INDEX invoice_request_by_time ON invoice_request (merchant_id, asked_us, id);
