-- +goose Up

-- A round: staff scan every code that hangs in a shop, and each is compared
-- with the register. Rounds are kept for ever.
CREATE TABLE sticker_round (
    id          TEXT   NOT NULL PRIMARY KEY,
    merchant_id TEXT   NOT NULL REFERENCES merchant (id),
    shop_id     TEXT   NOT NULL REFERENCES shop (id),
    request     TEXT   NOT NULL, -- the client's name of the request; the id when it gave none
    staff_id    TEXT   NOT NULL, -- who began it; empty: a program
    started_us  BIGINT NOT NULL,
    ended_us    BIGINT NOT NULL, -- 0: under way
    ended_by    TEXT   NOT NULL, -- staff
    CONSTRAINT sticker_round_end CHECK (ended_us = 0 OR ended_us >= started_us)
);

CREATE INDEX sticker_round_by_time ON sticker_round (merchant_id, started_us, id);
CREATE UNIQUE INDEX sticker_round_by_request ON sticker_round (merchant_id, request);

CREATE TABLE sticker_scan (
    round_id   TEXT   NOT NULL REFERENCES sticker_round (id),
    id         TEXT   NOT NULL, -- the client's, else ours
    place      BIGINT NOT NULL, -- 1 for the first scan of the round
    verdict    TEXT   NOT NULL,
    kind       TEXT   NOT NULL, -- of what is not ours
    token      TEXT   NOT NULL, -- the code in the register, if it is one
    host       TEXT   NOT NULL,
    text       TEXT   NOT NULL, -- what a stranger's code says: evidence; empty for ours, and for what could be paid with
    scanned_us BIGINT NOT NULL,
    staff_id   TEXT   NOT NULL,
    PRIMARY KEY (round_id, id),
    CONSTRAINT sticker_scan_verdict CHECK (verdict IN ('ours', 'doubled', 'revoked', 'foreign', 'forged', 'other'))
);

CREATE UNIQUE INDEX sticker_scan_by_place ON sticker_scan (round_id, place);
CREATE INDEX sticker_scan_by_token ON sticker_scan (round_id, token);

-- What was to be found in a round, frozen at its end: codes are issued and
-- revoked afterwards.
CREATE TABLE sticker_due (
    round_id TEXT     NOT NULL REFERENCES sticker_round (id),
    token    TEXT     NOT NULL REFERENCES static_code (token),
    found    SMALLINT NOT NULL,
    PRIMARY KEY (round_id, token),
    CONSTRAINT sticker_due_found CHECK (found IN (0, 1))
);
