package store

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"guitai"
)

// Job is one piece of work to be done at a time, named by its kind, merchant
// and key. It is written in the transaction that makes it needed, and is run at
// least once: by one node at a time as long as leases hold, and by nobody
// unaware of the other when they do not (FenceHolds).
type Job struct {
	Kind     string
	Merchant guitai.MerchantID // empty: the whole house
	Key      string
	RunAt    time.Time
	// Account is at whose wallet the job makes a call; empty: it makes none.
	Account guitai.AccountID
	// Due is when the job was to run by its own plan. It is RunAt, unless the job
	// was given another time at which there is room for its call (PaceJob,
	// HurryJobs); zero: whatever is next is to be done at once.
	Due time.Time
	// Tries is how often it was claimed since it was last scheduled, this time
	// included.
	Tries int

	fence    int64 // of the claim it came from
	changeNo int64
}

// TopicJobs is changed whenever a job is scheduled or becomes free.
const TopicJobs = "job"

// ErrLeaseLost: another node has claimed the job since.
var ErrLeaseLost = errors.New("store: the lease of the job is lost")

// due is when a job can be claimed next. Its words must be those of the index
// job_due.
const due = `CASE WHEN run_at_us > lease_until_us THEN run_at_us ELSE lease_until_us END`

const thisJob = ` kind = $1 AND merchant_id = $2 AND key = $3`

// Paced reports whether the job has been given a time for its call.
func (j Job) Paced() bool { return !j.Due.Equal(j.RunAt) }

func (j Job) name() values { return values{j.Kind, j.Merchant, j.Key} }

// Schedule sets the job to run at j.RunAt, whether it is new, waiting or being
// run. Its tries begin anew. A node that runs it just now is not disturbed: the
// job comes up again, at the new time, after that node has finished.
func (tx *Tx) Schedule(j Job) error {
	_, err := tx.exec(`
		INSERT INTO job (kind, merchant_id, key, run_at_us, due_us, account_id, lease_until_us, fence, change_no, tries, node)
		VALUES ($1, $2, $3, $4, $4, $6, 0, $5, 0, 0, '')
		ON CONFLICT (kind, merchant_id, key) DO UPDATE
		SET run_at_us = excluded.run_at_us, due_us = excluded.due_us, account_id = excluded.account_id, change_no = job.change_no + 1, tries = 0`,
		append(j.name(), j.RunAt.UnixMicro(), tx.now.UnixMicro(), j.Account))
	tx.Changed(TopicJobs)
	return err
}

// Unschedule takes the job away; it is no error if there is none.
func (tx *Tx) Unschedule(j Job) error {
	_, err := tx.exec(`DELETE FROM job WHERE`+thisJob, j.name())
	return err
}

// ClaimJobs leases up to limit jobs of the kinds that are due at now, the
// longest due first, until now+lease. No other claim gets them before that.
// Looking when nothing is due writes nothing.
func (s *Store) ClaimJobs(ctx context.Context, kinds []string, now time.Time, lease time.Duration, limit int) ([]Job, error) {
	jobs, _, err := s.ClaimOrNext(ctx, kinds, now, Lease{lease, limit})
	return jobs, err
}

// Lease is for how long, and how many jobs at most, are claimed.
type Lease struct {
	For  time.Duration
	Most int
}

// ClaimOrNext is ClaimJobs, and says when the next job can be claimed if none can
// be now: whoever waits for it need not ask again. The zero time: there is none.
func (s *Store) ClaimOrNext(ctx context.Context, kinds []string, now time.Time, l Lease) ([]Job, time.Time, error) {
	next, found, err := s.NextJobAt(ctx, kinds)
	if err != nil || !found || next.After(now) {
		return nil, next, err
	}
	jobs, err := s.claimDue(ctx, kinds, now, l)
	return jobs, time.Time{}, err
}

func (s *Store) claimDue(ctx context.Context, kinds []string, now time.Time, l Lease) ([]Job, error) {
	until := now.Add(l.For).UnixMicro()
	v := values{until, s.node, now.UnixMicro(), l.Most}
	list := kindList(kinds, &v)
	// The state is repeated outside: at READ COMMITTED the row may have changed
	// between its choice and its lock.
	text := `
		WITH next AS MATERIALIZED (
			SELECT kind, merchant_id, key FROM job
			WHERE kind IN (` + list + `) AND ` + due + ` <= $3
			ORDER BY ` + due + `, kind, merchant_id, key LIMIT $4 + 0` + s.engine.claimLock() + `
		)
		UPDATE job SET fence = fence + 1, lease_until_us = $1, node = $2, tries = tries + 1
		WHERE (kind, merchant_id, key) IN (SELECT kind, merchant_id, key FROM next)
		  AND ` + due + ` <= $3
		RETURNING kind, merchant_id, key, run_at_us, due_us, account_id, tries, fence, change_no`
	var jobs []Job
	err := s.engine.inTx(ctx, claiming, func(tx *Tx) (err error) {
		jobs, err = all(&tx.ReadTx, text, v, scanJob)
		return err
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(jobs, func(a, b Job) int {
		if c := a.RunAt.Compare(b.RunAt); c != 0 {
			return c
		}
		return strings.Compare(a.Kind+"\x00"+string(a.Merchant)+"\x00"+a.Key, b.Kind+"\x00"+string(b.Merchant)+"\x00"+b.Key)
	})
	return jobs, nil
}

func scanJob(r scanner) (Job, error) {
	var j Job
	var runAt, due int64
	err := r.Scan(&j.Kind, &j.Merchant, &j.Key, &runAt, &due, &j.Account, &j.Tries, &j.fence, &j.changeNo)
	j.RunAt, j.Due = time.UnixMicro(runAt).UTC(), timeOf(due)
	return j, err
}

// kindList writes "$5, $6" and adds the kinds to v.
func kindList(kinds []string, v *values) string {
	marks := make([]string, len(kinds))
	for i, k := range kinds {
		*v = append(*v, k)
		marks[i] = "$" + strconv.Itoa(len(*v))
	}
	return strings.Join(marks, ", ")
}

// NextJobAt is the earliest time at which a job of the kinds can be claimed:
// its own time, or the end of a lease that runs. found is false when there is
// none.
func (s *Store) NextJobAt(ctx context.Context, kinds []string) (at time.Time, found bool, err error) {
	if len(kinds) == 0 {
		return time.Time{}, false, nil
	}
	var v values
	list := kindList(kinds, &v)
	var us int64
	err = s.Read(ctx, func(tx *ReadTx) error {
		return tx.row(`SELECT COALESCE(MIN(`+due+`), -1) FROM job WHERE kind IN (`+list+`)`, v, &us)
	})
	if err != nil || us < 0 {
		return time.Time{}, false, err
	}
	return time.UnixMicro(us).UTC(), true, nil
}

// FenceHolds is called inside a transaction that must not be done by two nodes:
// it fails with ErrLeaseLost unless the lease of this claim still runs at now.
// It writes the row, so that a claim at the same moment cannot slip past.
func (tx *Tx) FenceHolds(j Job, now time.Time) error {
	n, err := tx.exec(`UPDATE job SET fence = fence WHERE`+thisJob+` AND fence = $4 AND lease_until_us > $5`,
		append(j.name(), j.fence, now.UnixMicro()))
	if err == nil && n == 0 {
		err = ErrLeaseLost
	}
	return err
}

// FinishJob ends a claimed job. If it was scheduled anew since the claim it
// stays, with that time, and is free again. If it was unscheduled there is
// nothing to do. If another node has it, ErrLeaseLost.
func (tx *Tx) FinishJob(j Job) error {
	n, err := tx.exec(`DELETE FROM job WHERE`+thisJob+` AND fence = $4 AND change_no = $5`,
		append(j.name(), j.fence, j.changeNo))
	if err != nil || n > 0 {
		return err
	}
	return tx.freeJob(j)
}

// DelayJob gives a claimed job back, to be run at runAt. If it was scheduled
// anew since the claim, that time stands: whoever did it knew more.
func (tx *Tx) DelayJob(j Job, runAt time.Time) error {
	return tx.giveBackJob(j, `run_at_us = $6, due_us = $6`, runAt)
}

// PaceJob gives a claimed job back until there is room for its call, at the
// instant at. What it was to do stays in Due.
func (tx *Tx) PaceJob(j Job, at time.Time) error {
	return tx.giveBackJob(j, `run_at_us = $6`, at)
}

func (tx *Tx) giveBackJob(j Job, set string, at time.Time) error {
	n, err := tx.exec(`UPDATE job SET `+set+`, lease_until_us = 0, node = ''
		WHERE`+thisJob+` AND fence = $4 AND change_no = $5`,
		append(j.name(), j.fence, j.changeNo, at.UnixMicro()))
	if err != nil {
		return err
	}
	if n > 0 {
		tx.Changed(TopicJobs)
		return nil
	}
	return tx.freeJob(j)
}

// Slots are times that follow each other.
type Slots struct {
	First time.Time
	Every time.Duration
	N     int
}

// slow are jobs of an account that wait for a time after now, and have not been
// hurried.
const slow = ` account_id = $1 AND run_at_us > $2 AND due_us <> 0 AND lease_until_us <= $2 AND kind IN (`

// SlowJobs counts the jobs of the kinds that HurryJobs would hurry.
func (tx *ReadTx) SlowJobs(id guitai.AccountID, kinds []string, now time.Time) (n int, err error) {
	v := values{id, now.UnixMicro()}
	list := kindList(kinds, &v)
	return n, tx.row(`SELECT COUNT(*) FROM job WHERE`+slow+list+`)`, v, &n)
}

// HurryJobs gives jobs of the kinds, of one account, a slot each, in the order in
// which they would have run. They are to do at once what is next for them. Jobs
// that are being run are left alone, and so are those whose time has come.
func (tx *Tx) HurryJobs(id guitai.AccountID, kinds []string, now time.Time, at Slots) error {
	v := values{id, now.UnixMicro(), at.First.UnixMicro(), at.Every.Microseconds(), at.N}
	list := kindList(kinds, &v)
	_, err := tx.exec(`
		WITH next AS (
			SELECT kind, merchant_id, key, ROW_NUMBER() OVER (ORDER BY run_at_us, kind, merchant_id, key) - 1 AS place FROM job
			WHERE`+slow+list+`)
			ORDER BY run_at_us, kind, merchant_id, key LIMIT $5 + 0
		)
		UPDATE job SET due_us = 0, change_no = change_no + 1, run_at_us = $3 + $4 * place FROM next
		WHERE job.kind = next.kind AND job.merchant_id = next.merchant_id AND job.key = next.key`, v)
	tx.Changed(TopicJobs)
	return err
}

// PacedJobs counts the jobs of an account that were given a time for their call,
// and says when the last of them is.
func (tx *ReadTx) PacedJobs(id guitai.AccountID) (n int, last time.Time, err error) {
	var us int64
	err = tx.row(`SELECT COUNT(*), COALESCE(MAX(run_at_us), 0) FROM job WHERE account_id = $1 AND run_at_us <> due_us`, values{id}, &n, &us)
	return n, timeOf(us), err
}

// freeJob ends the lease of a job that was scheduled anew.
func (tx *Tx) freeJob(j Job) error {
	n, err := tx.exec(`UPDATE job SET lease_until_us = 0, node = '' WHERE`+thisJob+` AND fence = $4`,
		append(j.name(), j.fence))
	if err != nil {
		return err
	}
	if n > 0 {
		tx.Changed(TopicJobs)
		return nil
	}
	var there int
	err = tx.row(`SELECT 1 FROM job WHERE`+thisJob, j.name(), &there)
	switch {
	case errors.Is(err, ErrNoRow):
		return nil
	case err != nil:
		return err
	}
	return ErrLeaseLost
}
