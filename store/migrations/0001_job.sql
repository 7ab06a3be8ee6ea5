-- +goose Up

-- Work that carries on after a kill. due = the later of run_at_us and
-- lease_until_us: an expression index, because both engines take it.
-- fence grows at each claim and starts at the microsecond of its making, so
-- that a job made anew under the same key never repeats the fence of its
-- forerunner. change_no grows at each Schedule: a lease holder sees by it that
-- the job was given a new time meanwhile.
CREATE TABLE job (
    kind           TEXT     NOT NULL,
    merchant_id    TEXT     NOT NULL,
    key            TEXT     NOT NULL,
    run_at_us      BIGINT   NOT NULL,
    lease_until_us BIGINT   NOT NULL,
    fence          BIGINT   NOT NULL,
    change_no      BIGINT   NOT NULL,
    tries          BIGINT   NOT NULL,
    node           TEXT     NOT NULL,
    PRIMARY KEY (kind, merchant_id, key),
    CONSTRAINT job_kind_known CHECK (kind <> ''),
    CONSTRAINT job_tries_counted CHECK (tries >= 0)
);

CREATE INDEX job_due ON job (kind, (CASE WHEN run_at_us > lease_until_us THEN run_at_us ELSE lease_until_us END));
