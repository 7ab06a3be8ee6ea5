-- +goose Up

-- A wallet lets a merchant make so many calls a second. The job of a call that
-- nobody waits for is given a time at which there is room for it: run_at_us. What
-- it was to be done at, by its own plan, stays in due_us; 0: at once.
ALTER TABLE job ADD COLUMN account_id TEXT NOT NULL DEFAULT ''; -- whose calls it makes; empty: none
ALTER TABLE job ADD COLUMN due_us BIGINT NOT NULL DEFAULT 0;
UPDATE job SET due_us = run_at_us;

ALTER TABLE account ADD COLUMN calls_per_s BIGINT NOT NULL DEFAULT 0; -- of all nodes together; 0: the usual
