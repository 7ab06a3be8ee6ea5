-- +goose Up

-- The register of static codes: what hangs on counters and tables. A row is
-- never taken away: a sticker that was revoked years ago is still told by name.
CREATE TABLE static_code (
    token       TEXT   NOT NULL PRIMARY KEY, -- as qr.Token writes it
    merchant_id TEXT   NOT NULL REFERENCES merchant (id),
    shop_id     TEXT   NOT NULL REFERENCES shop (id),
    till_id     TEXT   NOT NULL, -- empty: it belongs to no till
    name        TEXT   NOT NULL, -- where it hangs, in the shop's words
    amount_fen  BIGINT NOT NULL, -- 0: the payer types the amount
    currency    TEXT   NOT NULL,
    request     TEXT   NOT NULL, -- the client's name of the request; the token when it gave none
    created_us  BIGINT NOT NULL,
    staff_id    TEXT   NOT NULL, -- who issued it; empty: a program
    revoked_us  BIGINT NOT NULL, -- 0: it is valid
    revoked_by  TEXT   NOT NULL, -- staff
    CONSTRAINT static_code_amount CHECK (amount_fen >= 0),
    CONSTRAINT static_code_revoked CHECK (revoked_us = 0 OR revoked_us >= created_us)
);

CREATE INDEX static_code_by_time ON static_code (merchant_id, created_us, token);
CREATE UNIQUE INDEX static_code_by_request ON static_code (merchant_id, request);
