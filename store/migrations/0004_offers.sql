-- +goose Up

-- One code for all wallets: a payment that is offered belongs to no wallet until
-- a payer opens it. offer_token names its code; empty: a wallet's own code.
ALTER TABLE payment ADD COLUMN offer_token TEXT NOT NULL DEFAULT '';
ALTER TABLE payment ADD COLUMN offer TEXT NOT NULL DEFAULT ''
    CONSTRAINT payment_offer_known CHECK (offer IN ('', 'open', 'ended'));
ALTER TABLE payment ADD COLUMN offer_reason TEXT NOT NULL DEFAULT '';

-- The static code that the payer scanned; and the payer, where the wallet names
-- one, as a keyed print in hex. Empty: none, unknown.
ALTER TABLE payment ADD COLUMN source TEXT NOT NULL DEFAULT '';
ALTER TABLE payment ADD COLUMN payer_mac TEXT NOT NULL DEFAULT '';
ALTER TABLE attempt ADD COLUMN payer_mac TEXT NOT NULL DEFAULT '';

CREATE UNIQUE INDEX payment_by_offer ON payment (offer_token) WHERE offer_token <> '';
CREATE INDEX payment_by_payer ON payment (merchant_id, payer_mac, created_us) WHERE payer_mac <> '';

-- Two orders of one payment are never payable at once.
CREATE UNIQUE INDEX attempt_one_live ON attempt (payment_id, merchant_id)
    WHERE state <> 'paid' AND state <> 'failed' AND state <> 'closed';
