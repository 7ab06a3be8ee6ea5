-- +goose Up

-- A book is the journal of one till in one browser. A till has one live book.
CREATE TABLE till_book (
    till_id     TEXT   NOT NULL REFERENCES till (id),
    id          TEXT   NOT NULL, -- made by the till
    merchant_id TEXT   NOT NULL REFERENCES merchant (id),
    shop_id     TEXT   NOT NULL,
    series      TEXT   NOT NULL, -- A, B … in its receipt numbers
    place       BIGINT NOT NULL, -- 1 for the first book of the till
    upto        BIGINT NOT NULL, -- the last number that is here
    hash        TEXT   NOT NULL, -- of that entry
    receipts    BIGINT NOT NULL, -- the last receipt number
    opened_us   BIGINT NOT NULL,
    left_us     BIGINT NOT NULL, -- 0: live
    left_upto   BIGINT NOT NULL, -- how much had arrived by then
    seen_us     BIGINT NOT NULL, -- when it last brought something
    PRIMARY KEY (till_id, id),
    CONSTRAINT till_book_counted CHECK (upto >= 0 AND receipts >= 0 AND place > 0 AND left_upto <= upto)
);

CREATE UNIQUE INDEX till_book_by_place ON till_book (till_id, place);
CREATE UNIQUE INDEX till_book_one_live ON till_book (till_id) WHERE left_us = 0;

-- Entries as the till wrote them: append-only.
CREATE TABLE journal_entry (
    till_id  TEXT   NOT NULL,
    book_id  TEXT   NOT NULL,
    seq      BIGINT NOT NULL,
    id       TEXT   NOT NULL,
    kind     TEXT   NOT NULL,
    at       TEXT   NOT NULL, -- as it stands in the hash
    staff_id TEXT   NOT NULL,
    body     TEXT   NOT NULL,
    prev     TEXT   NOT NULL,
    hash     TEXT   NOT NULL,
    state    TEXT   NOT NULL,
    taken_us BIGINT NOT NULL,
    PRIMARY KEY (till_id, book_id, seq),
    FOREIGN KEY (till_id, book_id) REFERENCES till_book (till_id, id),
    CONSTRAINT journal_entry_seq CHECK (seq > 0),
    CONSTRAINT journal_entry_state CHECK (state IN ('taken', 'queried', 'refused'))
);

CREATE TABLE shift (
    merchant_id TEXT   NOT NULL,
    id          TEXT   NOT NULL, -- made by the till
    shop_id     TEXT   NOT NULL,
    till_id     TEXT   NOT NULL,
    book_id     TEXT   NOT NULL,
    staff_id    TEXT   NOT NULL,
    state       TEXT   NOT NULL,
    float_fen   BIGINT NOT NULL,
    notes       TEXT   NOT NULL, -- JSON, of the float
    opened_us   BIGINT NOT NULL,
    closed_us   BIGINT NOT NULL, -- 0: open
    closing     TEXT   NOT NULL, -- JSON: what the till said when it closed it; empty: open
    confirmed   TEXT   NOT NULL, -- JSON: the wallets' answers; empty: never asked
    PRIMARY KEY (merchant_id, id),
    CONSTRAINT shift_state CHECK (state IN ('open', 'closed')),
    CONSTRAINT shift_closed CHECK ((state = 'closed') = (closed_us > 0)),
    CONSTRAINT shift_float CHECK (float_fen >= 0)
);

CREATE INDEX shift_by_time ON shift (merchant_id, opened_us, id);
CREATE INDEX shift_by_till ON shift (till_id, opened_us);

CREATE TABLE sale (
    merchant_id       TEXT     NOT NULL,
    id                TEXT     NOT NULL, -- made by the till
    shop_id           TEXT     NOT NULL,
    till_id           TEXT     NOT NULL,
    book_id           TEXT     NOT NULL,
    seq               BIGINT   NOT NULL,
    shift_id          TEXT     NOT NULL,
    staff_id          TEXT     NOT NULL,
    state             TEXT     NOT NULL,
    receipt_no        TEXT     NOT NULL, -- empty: cancelled
    receipt_wrong     SMALLINT NOT NULL, -- 1: not the next of its book
    began_us          BIGINT   NOT NULL,
    at_us             BIGINT   NOT NULL,
    total_fen         BIGINT   NOT NULL,
    currency          TEXT     NOT NULL,
    percent_milli     BIGINT   NOT NULL, -- of the bill's discount
    off_fen           BIGINT   NOT NULL,
    discount_reason   TEXT     NOT NULL,
    discount_approval TEXT     NOT NULL,
    member_id         TEXT     NOT NULL,
    approvals         TEXT     NOT NULL, -- JSON
    reason            TEXT     NOT NULL, -- why it was cancelled
    void_id           TEXT     NOT NULL, -- empty: it stands
    void_shift_id     TEXT     NOT NULL,
    void_staff_id     TEXT     NOT NULL,
    voided_us         BIGINT   NOT NULL,
    void_reason       TEXT     NOT NULL,
    void_approval     TEXT     NOT NULL,
    PRIMARY KEY (merchant_id, id),
    CONSTRAINT sale_state CHECK (state IN ('done', 'cancelled', 'voided')),
    CONSTRAINT sale_voided CHECK ((state = 'voided') = (voided_us > 0))
);

-- A till's number is its own within its shop only, so the till is named.
CREATE UNIQUE INDEX sale_receipt_once ON sale (merchant_id, till_id, receipt_no) WHERE receipt_no <> '' AND receipt_wrong = 0;
CREATE UNIQUE INDEX sale_by_entry ON sale (till_id, book_id, seq);
CREATE INDEX sale_by_time ON sale (merchant_id, at_us, id);
CREATE INDEX sale_by_receipt ON sale (merchant_id, receipt_no);
CREATE INDEX sale_by_shift ON sale (merchant_id, shift_id);

CREATE TABLE sale_line (
    merchant_id       TEXT     NOT NULL,
    sale_id           TEXT     NOT NULL,
    cancelled         SMALLINT NOT NULL, -- 1: rung up and taken off again
    place             BIGINT   NOT NULL,
    n                 BIGINT   NOT NULL,
    item              TEXT     NOT NULL,
    barcode           TEXT     NOT NULL,
    name              TEXT     NOT NULL,
    department        TEXT     NOT NULL,
    unit              TEXT     NOT NULL,
    count_milli       BIGINT   NOT NULL, -- below zero: it came back
    list_fen          BIGINT   NOT NULL,
    price_fen         BIGINT   NOT NULL,
    percent_milli     BIGINT   NOT NULL,
    off_fen           BIGINT   NOT NULL,
    discount_reason   TEXT     NOT NULL,
    discount_approval TEXT     NOT NULL,
    total_fen         BIGINT   NOT NULL,
    price_reason      TEXT     NOT NULL,
    approval          TEXT     NOT NULL,
    back_sale         TEXT     NOT NULL, -- of which sale's line it is; empty: none
    back_n            BIGINT   NOT NULL,
    back_receipt_no   TEXT     NOT NULL,
    PRIMARY KEY (merchant_id, sale_id, cancelled, place),
    FOREIGN KEY (merchant_id, sale_id) REFERENCES sale (merchant_id, id),
    CONSTRAINT sale_line_count CHECK (count_milli <> 0),
    CONSTRAINT sale_line_price CHECK (price_fen >= 0 AND list_fen >= 0)
);

CREATE INDEX sale_line_back ON sale_line (merchant_id, back_sale, back_n) WHERE back_sale <> '';

CREATE TABLE sale_tender (
    merchant_id TEXT     NOT NULL,
    sale_id     TEXT     NOT NULL,
    voids       SMALLINT NOT NULL, -- 1: of the voiding of the sale
    place       BIGINT   NOT NULL,
    n           TEXT     NOT NULL,
    kind        TEXT     NOT NULL,
    amount_fen  BIGINT   NOT NULL, -- below zero: to the customer
    given_fen   BIGINT   NOT NULL,
    change_fen  BIGINT   NOT NULL,
    payment_id  TEXT     NOT NULL,
    refund_id   TEXT     NOT NULL,
    wallet      TEXT     NOT NULL,
    offline     TEXT     NOT NULL, -- nonce of an offline code
    cheque_no   TEXT     NOT NULL,
    voucher     TEXT     NOT NULL,
    points      BIGINT   NOT NULL,
    member_id   TEXT     NOT NULL,
    approval    TEXT     NOT NULL,
    unbooked    SMALLINT NOT NULL, -- 1: refused, this money is missing
    PRIMARY KEY (merchant_id, sale_id, voids, place),
    FOREIGN KEY (merchant_id, sale_id) REFERENCES sale (merchant_id, id),
    CONSTRAINT sale_tender_cash CHECK (given_fen >= 0 AND change_fen >= 0),
    CONSTRAINT sale_tender_kind CHECK (kind IN ('cash', 'wallet', 'cheque', 'voucher', 'points', 'card', 'account'))
);

CREATE INDEX sale_tender_payment ON sale_tender (merchant_id, payment_id) WHERE payment_id <> '';
CREATE INDEX sale_tender_refund ON sale_tender (merchant_id, refund_id) WHERE refund_id <> '';

CREATE TABLE cash_move (
    merchant_id TEXT   NOT NULL,
    id          TEXT   NOT NULL, -- made by the till
    shift_id    TEXT   NOT NULL,
    till_id     TEXT   NOT NULL,
    staff_id    TEXT   NOT NULL,
    kind        TEXT   NOT NULL,
    amount_fen  BIGINT NOT NULL,
    reason      TEXT   NOT NULL,
    approval    TEXT   NOT NULL,
    at_us       BIGINT NOT NULL,
    PRIMARY KEY (merchant_id, id),
    CONSTRAINT cash_move_kind CHECK (kind IN ('pay_in', 'pay_out', 'drawer')),
    CONSTRAINT cash_move_amount CHECK (amount_fen >= 0 AND (kind <> 'drawer' OR amount_fen = 0))
);

CREATE INDEX cash_move_by_shift ON cash_move (merchant_id, shift_id, at_us);

-- Z reports: fixed when their shift was closed, numbered per till without a gap.
CREATE TABLE z_report (
    merchant_id TEXT   NOT NULL,
    shift_id    TEXT   NOT NULL,
    till_id     TEXT   NOT NULL,
    n           BIGINT NOT NULL,
    at_us       BIGINT NOT NULL,
    text        TEXT   NOT NULL,
    figures     TEXT   NOT NULL, -- JSON
    PRIMARY KEY (merchant_id, shift_id),
    FOREIGN KEY (merchant_id, shift_id) REFERENCES shift (merchant_id, id),
    CONSTRAINT z_report_counted CHECK (n > 0)
);

CREATE UNIQUE INDEX z_report_by_number ON z_report (till_id, n);

-- What a person is asked about an entry. Its ID is made of the entry and the
-- code, so that the same is asked once.
CREATE TABLE query (
    merchant_id TEXT   NOT NULL,
    id          TEXT   NOT NULL,
    shop_id     TEXT   NOT NULL,
    till_id     TEXT   NOT NULL,
    book_id     TEXT   NOT NULL,
    seq         BIGINT NOT NULL,
    sale_id     TEXT   NOT NULL,
    code        TEXT   NOT NULL,
    about       TEXT   NOT NULL,
    opened_us   BIGINT NOT NULL,
    closed_us   BIGINT NOT NULL, -- 0: open
    closed_by   TEXT   NOT NULL,
    note        TEXT   NOT NULL,
    PRIMARY KEY (merchant_id, id),
    FOREIGN KEY (till_id, book_id, seq) REFERENCES journal_entry (till_id, book_id, seq)
);

CREATE INDEX query_by_time ON query (merchant_id, opened_us, id);
CREATE INDEX query_by_entry ON query (till_id, book_id, seq);
CREATE INDEX query_by_sale ON query (merchant_id, sale_id, code) WHERE closed_us = 0;
