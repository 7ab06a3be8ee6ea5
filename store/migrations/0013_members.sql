-- +goose Up

-- A bill laid aside. One till takes it up; a row stays when it is over, so that
-- a late call revives nothing.
CREATE TABLE hold (
    merchant_id TEXT   NOT NULL,
    id          TEXT   NOT NULL,
    shop_id     TEXT   NOT NULL,
    till_id     TEXT   NOT NULL, -- who laid it aside
    staff_id    TEXT   NOT NULL,
    sale_id     TEXT   NOT NULL,
    name        TEXT   NOT NULL,
    total_fen   BIGINT NOT NULL,
    lines       TEXT   NOT NULL, -- JSON, as the till's journal has them
    member_id   TEXT   NOT NULL,
    state       TEXT   NOT NULL,
    taken_by    TEXT   NOT NULL, -- till
    made_us     BIGINT NOT NULL,
    taken_us    BIGINT NOT NULL, -- 0: not taken
    PRIMARY KEY (merchant_id, id),
    CONSTRAINT hold_state CHECK (state IN ('waiting', 'taken', 'gone')),
    CONSTRAINT hold_taken CHECK ((state = 'taken') = (taken_by <> '') OR state = 'gone')
);

CREATE INDEX hold_waiting ON hold (merchant_id, shop_id, made_us) WHERE state = 'waiting';

-- Whose points they are: one person's, or those of a family or company together.
-- The version is raised by whoever takes points away, so that two cannot take
-- the same ones.
CREATE TABLE point_purse (
    merchant_id TEXT   NOT NULL,
    id          TEXT   NOT NULL,
    name        TEXT   NOT NULL, -- empty: one person's own
    version     BIGINT NOT NULL,
    PRIMARY KEY (merchant_id, id)
);

CREATE TABLE member (
    merchant_id TEXT     NOT NULL,
    id          TEXT     NOT NULL,
    code        TEXT     NOT NULL, -- on the card
    phone       TEXT     NOT NULL, -- digits, with + and the country when it is not the merchant's own; empty: none
    name        TEXT     NOT NULL,
    segment     TEXT     NOT NULL,
    birth_month SMALLINT NOT NULL, -- 0: not known
    birth_day   SMALLINT NOT NULL,
    purse_id    TEXT     NOT NULL,
    made_us     BIGINT   NOT NULL,
    changed_us  BIGINT   NOT NULL,
    gone_us     BIGINT   NOT NULL, -- 0: a member
    PRIMARY KEY (merchant_id, id),
    FOREIGN KEY (merchant_id, purse_id) REFERENCES point_purse (merchant_id, id),
    CONSTRAINT member_birth CHECK (birth_month >= 0 AND birth_month <= 12 AND birth_day >= 0 AND birth_day <= 31)
);

CREATE UNIQUE INDEX member_by_code ON member (merchant_id, code);
CREATE UNIQUE INDEX member_by_phone ON member (merchant_id, phone) WHERE phone <> '' AND gone_us = 0;
CREATE INDEX member_by_purse ON member (merchant_id, purse_id);

-- One settings document per merchant.
CREATE TABLE point_rule (
    merchant_id TEXT   NOT NULL PRIMARY KEY,
    body        TEXT   NOT NULL, -- JSON
    staff_id    TEXT   NOT NULL,
    changed_us  BIGINT NOT NULL
);

-- Points come and go by these rows only; the balance is their sum.
CREATE TABLE point_entry (
    merchant_id TEXT   NOT NULL,
    purse_id    TEXT   NOT NULL,
    kind        TEXT   NOT NULL,
    ref         TEXT   NOT NULL, -- what it is for: the same happens once
    member_id   TEXT   NOT NULL,
    points      BIGINT NOT NULL,
    sale_id     TEXT   NOT NULL,
    staff_id    TEXT   NOT NULL,
    note        TEXT   NOT NULL,
    at_us       BIGINT NOT NULL,
    PRIMARY KEY (merchant_id, kind, ref),
    CONSTRAINT point_entry_kind CHECK (kind IN ('earn', 'redeem', 'give_back', 'take_back', 'expire', 'adjust', 'gift'))
);

CREATE INDEX point_entry_by_purse ON point_entry (merchant_id, purse_id, at_us);

-- What a line of a sale earned, so that a return takes back its own part.
CREATE TABLE point_line (
    merchant_id TEXT   NOT NULL,
    sale_id     TEXT   NOT NULL,
    n           BIGINT NOT NULL,
    purse_id    TEXT   NOT NULL, -- empty: the sale is not known yet, only what came back of it
    member_id   TEXT   NOT NULL,
    fen         BIGINT NOT NULL, -- what the line cost
    points      BIGINT NOT NULL,
    back_fen    BIGINT NOT NULL, -- of it came back
    taken       BIGINT NOT NULL, -- points taken back so far
    PRIMARY KEY (merchant_id, sale_id, n)
);

CREATE TABLE voucher_batch (
    merchant_id TEXT     NOT NULL,
    id          TEXT     NOT NULL,
    name        TEXT     NOT NULL,
    kind        TEXT     NOT NULL,
    amount_fen  BIGINT   NOT NULL,
    min_fen     BIGINT   NOT NULL, -- of the bill; 0: any
    from_us     BIGINT   NOT NULL,
    until_us    BIGINT   NOT NULL,
    till_id     TEXT     NOT NULL, -- the only till that takes them; empty: any
    pieces      BIGINT   NOT NULL,
    member_id   TEXT     NOT NULL, -- a gift to somebody
    staff_id    TEXT     NOT NULL,
    made_us     BIGINT   NOT NULL,
    PRIMARY KEY (merchant_id, id),
    CONSTRAINT voucher_batch_kind CHECK (kind IN ('single', 'balance')),
    CONSTRAINT voucher_batch_amount CHECK (amount_fen > 0 AND min_fen >= 0 AND pieces > 0 AND until_us > from_us)
);

CREATE TABLE voucher (
    merchant_id  TEXT   NOT NULL,
    code         TEXT   NOT NULL,
    batch_id     TEXT   NOT NULL,
    left_fen     BIGINT NOT NULL, -- what can still be spent, less what is held
    amount_fen   BIGINT NOT NULL,
    cancelled_us BIGINT NOT NULL, -- 0: it stands
    PRIMARY KEY (merchant_id, code),
    FOREIGN KEY (merchant_id, batch_id) REFERENCES voucher_batch (merchant_id, id),
    CONSTRAINT voucher_left CHECK (left_fen >= 0 AND left_fen <= amount_fen)
);

CREATE INDEX voucher_by_batch ON voucher (merchant_id, batch_id);

-- What a voucher's money did.
CREATE TABLE voucher_entry (
    merchant_id TEXT   NOT NULL,
    kind        TEXT   NOT NULL,
    ref         TEXT   NOT NULL,
    code        TEXT   NOT NULL,
    fen         BIGINT NOT NULL, -- below zero: spent
    sale_id     TEXT   NOT NULL,
    at_us       BIGINT NOT NULL,
    PRIMARY KEY (merchant_id, kind, ref),
    CONSTRAINT voucher_entry_kind CHECK (kind IN ('spend', 'lapse', 'give_back'))
);

CREATE INDEX voucher_entry_by_code ON voucher_entry (merchant_id, code, at_us);

-- Money of a voucher or points that are put aside for one tender of one bill.
CREATE TABLE redemption (
    merchant_id TEXT   NOT NULL,
    id          TEXT   NOT NULL,
    shop_id     TEXT   NOT NULL,
    till_id     TEXT   NOT NULL,
    staff_id    TEXT   NOT NULL,
    sale_id     TEXT   NOT NULL,
    tender      TEXT   NOT NULL,
    kind        TEXT   NOT NULL,
    voucher     TEXT   NOT NULL,
    member_id   TEXT   NOT NULL,
    purse_id    TEXT   NOT NULL,
    amount_fen  BIGINT NOT NULL,
    points      BIGINT NOT NULL,
    held_fen    BIGINT NOT NULL, -- what the voucher cannot spend meanwhile
    state       TEXT   NOT NULL,
    made_us     BIGINT NOT NULL,
    expires_us  BIGINT NOT NULL,
    ended_us    BIGINT NOT NULL, -- 0: held
    PRIMARY KEY (merchant_id, id),
    CONSTRAINT redemption_kind CHECK (kind IN ('voucher', 'points')),
    CONSTRAINT redemption_state CHECK (state IN ('held', 'spent', 'released')),
    CONSTRAINT redemption_amount CHECK (amount_fen > 0 AND points >= 0 AND held_fen >= 0)
);

CREATE UNIQUE INDEX redemption_of_tender ON redemption (merchant_id, sale_id, tender) WHERE state <> 'released';
CREATE INDEX redemption_of_voucher ON redemption (merchant_id, voucher) WHERE state = 'held';
CREATE INDEX redemption_of_purse ON redemption (merchant_id, purse_id) WHERE state = 'held';

-- A manager's leave, for the till's acts too, and how it was given. deed is the
-- act. They are kept: they are the record of who allowed what.
ALTER TABLE approval ADD COLUMN id TEXT NOT NULL DEFAULT '';
ALTER TABLE approval ADD COLUMN shop_id TEXT NOT NULL DEFAULT '';
ALTER TABLE approval ADD COLUMN asked_by TEXT NOT NULL DEFAULT ''; -- who was at the till
ALTER TABLE approval ADD COLUMN sale_id TEXT NOT NULL DEFAULT '';
ALTER TABLE approval ADD COLUMN about TEXT NOT NULL DEFAULT '';
ALTER TABLE approval ADD COLUMN how TEXT NOT NULL DEFAULT 'pin'
    CONSTRAINT approval_how CHECK (how IN ('pin', 'phone', 'code', 'offline'));
ALTER TABLE approval ADD COLUMN made_us BIGINT NOT NULL DEFAULT 0;

CREATE UNIQUE INDEX approval_by_id ON approval (merchant_id, id) WHERE id <> '';
CREATE INDEX approval_by_time ON approval (merchant_id, made_us);

-- What a till asks of whoever is a manager, to be answered on a phone.
CREATE TABLE approval_request (
    merchant_id TEXT   NOT NULL,
    id          TEXT   NOT NULL,
    shop_id     TEXT   NOT NULL,
    till_id     TEXT   NOT NULL,
    staff_id    TEXT   NOT NULL, -- who asks
    act         TEXT   NOT NULL,
    amount_fen  BIGINT NOT NULL,
    sale_id     TEXT   NOT NULL,
    about       TEXT   NOT NULL,
    state       TEXT   NOT NULL,
    made_us     BIGINT NOT NULL,
    expires_us  BIGINT NOT NULL,
    answered_us BIGINT NOT NULL, -- 0: open
    answered_by TEXT   NOT NULL,
    approval_id TEXT   NOT NULL,
    PRIMARY KEY (merchant_id, id),
    CONSTRAINT approval_request_state CHECK (state IN ('open', 'approved', 'refused', 'withdrawn'))
);

CREATE INDEX approval_request_open ON approval_request (merchant_id, shop_id, made_us) WHERE state = 'open';

-- Six digits that a manager made for one act of one amount at one till.
CREATE TABLE approval_code (
    merchant_id TEXT   NOT NULL,
    till_id     TEXT   NOT NULL,
    act         TEXT   NOT NULL,
    amount_fen  BIGINT NOT NULL,
    shop_id     TEXT   NOT NULL,
    staff_id    TEXT   NOT NULL,
    code_mac    TEXT   NOT NULL,
    tries       BIGINT NOT NULL,
    expires_us  BIGINT NOT NULL,
    PRIMARY KEY (merchant_id, till_id, act, amount_fen)
);

-- 1: signed in at the office, away from any till: it looks and approves, and
-- does nothing else.
ALTER TABLE session ADD COLUMN away SMALLINT NOT NULL DEFAULT 0;
