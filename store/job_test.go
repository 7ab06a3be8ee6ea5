package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"guitai/internal/testkit"
)

var jobKinds = []string{"ask", "other"}

func schedule(t *testing.T, s *Store, jobs ...Job) {
	t.Helper()
	must(t, s, func(tx *Tx) error {
		for _, j := range jobs {
			if err := tx.Schedule(j); err != nil {
				return err
			}
		}
		return nil
	})
}

func must(t *testing.T, s *Store, fn func(*Tx) error) {
	t.Helper()
	if err := s.InTx(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
}

func claim(t *testing.T, s *Store, now time.Time, limit int) []Job {
	t.Helper()
	jobs, err := s.ClaimJobs(context.Background(), jobKinds, now, time.Minute, limit)
	if err != nil {
		t.Fatal(err)
	}
	return jobs
}

func TestClaimIsExclusive(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		s, now := openAt(t, dsn), time.Now()
		const jobs, claimers = 200, 20
		var list []Job
		for i := range jobs {
			list = append(list, Job{Kind: jobKinds[i%2], Merchant: "m", Key: fmt.Sprint(i), RunAt: now.Add(-time.Duration(i) * time.Second)})
		}
		schedule(t, s, list...)
		var mu sync.Mutex
		seen := make(map[string]int)
		var wg sync.WaitGroup
		for range claimers {
			wg.Go(func() {
				for empty := 0; empty < 3; { // others may hold what is left for a moment
					got, err := s.ClaimJobs(context.Background(), jobKinds, now, time.Minute, 7)
					if err != nil {
						t.Error(err)
						return
					}
					if len(got) == 0 {
						empty++
					}
					if len(got) > 7 {
						t.Errorf("%d jobs, the limit is 7", len(got))
					}
					mu.Lock()
					for _, j := range got {
						seen[j.Key]++
					}
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		if len(seen) != jobs {
			t.Errorf("%d jobs claimed of %d", len(seen), jobs)
		}
		for k, n := range seen {
			if n != 1 {
				t.Errorf("job %s claimed %d times", k, n)
			}
		}
	})
}

func TestClaimOrderAndLease(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		s, now := openAt(t, dsn), time.Now().Truncate(time.Microsecond).UTC()
		schedule(t, s,
			Job{Kind: "ask", Merchant: "m", Key: "later", RunAt: now.Add(-time.Second)},
			Job{Kind: "ask", Merchant: "m", Key: "first", RunAt: now.Add(-time.Hour)},
			Job{Kind: "other", Key: "future", RunAt: now.Add(time.Hour)},
			Job{Kind: "foreign", Key: "x", RunAt: now.Add(-time.Hour)})
		got := claim(t, s, now, 10)
		if len(got) != 2 || got[0].Key != "first" || got[1].Key != "later" || got[0].Tries != 1 || !got[0].RunAt.Equal(now.Add(-time.Hour)) {
			t.Fatalf("claimed %+v", got)
		}
		before := s.Counts().Commits
		if again := claim(t, s, now.Add(59*time.Second), 10); len(again) != 0 {
			t.Errorf("a running lease was claimed: %+v", again)
		}
		if s.Counts().Commits != before {
			t.Error("looking has written")
		}
		at, found, err := s.NextJobAt(context.Background(), jobKinds)
		if err != nil || !found || !at.Equal(now.Add(time.Minute)) {
			t.Errorf("next at %v %v %v, want the end of the leases", at, found, err)
		}
		late := claim(t, s, now.Add(time.Minute), 1)
		if len(late) != 1 || late[0].Tries != 2 || late[0].fence != got[0].fence+1 {
			t.Errorf("after the lease: %+v", late)
		}
		if _, found, err := s.NextJobAt(context.Background(), []string{"none"}); err != nil || found {
			t.Errorf("found a job of no kind: %v", err)
		}
		if none, err := s.ClaimJobs(context.Background(), nil, now, time.Minute, 1); err != nil || none != nil {
			t.Errorf("claimed no kind: %v %v", none, err)
		}
	})
}

func TestFence(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		s, now := openAt(t, dsn), time.Now()
		schedule(t, s, Job{Kind: "ask", Merchant: "m", Key: "k", RunAt: now})
		old := claim(t, s, now, 1)[0]
		must(t, s, func(tx *Tx) error { return tx.FenceHolds(old, now.Add(59*time.Second)) })
		err := s.InTx(context.Background(), func(tx *Tx) error { return tx.FenceHolds(old, now.Add(time.Minute)) })
		if !errors.Is(err, ErrLeaseLost) {
			t.Errorf("an expired lease holds: %v", err)
		}
		fresh := claim(t, s, now.Add(2*time.Minute), 1)[0]
		for name, fn := range map[string]func(*Tx) error{
			"holds":  func(tx *Tx) error { return tx.FenceHolds(old, now) },
			"finish": func(tx *Tx) error { return tx.FinishJob(old) },
			"delay":  func(tx *Tx) error { return tx.DelayJob(old, now) },
		} {
			if err := s.InTx(context.Background(), fn); !errors.Is(err, ErrLeaseLost) {
				t.Errorf("%s with a lost lease: %v", name, err)
			}
		}
		must(t, s, func(tx *Tx) error { return tx.FenceHolds(fresh, now.Add(2*time.Minute)) })
		// A job made anew under the same name does not answer to an old fence.
		must(t, s, func(tx *Tx) error { return tx.Unschedule(fresh) })
		must(t, s, func(tx *Tx) error { return tx.FinishJob(fresh) })
		schedule(t, s, Job{Kind: "ask", Merchant: "m", Key: "k", RunAt: now})
		if newer := claim(t, s, now, 1)[0]; newer.fence <= fresh.fence {
			t.Errorf("fence %d after %d", newer.fence, fresh.fence)
		}
		if err := s.InTx(context.Background(), func(tx *Tx) error { return tx.FinishJob(fresh) }); !errors.Is(err, ErrLeaseLost) {
			t.Errorf("finished by a forerunner: %v", err)
		}
	})
}

// A claim between the fence's check and its commit is impossible on either
// engine: the row is held, and the claim passes it by.
func TestFenceKeepsClaimsOut(t *testing.T) {
	dsn := testkit.Postgres(t)
	a, b, now := openAt(t, dsn), openAt(t, dsn), time.Now()
	schedule(t, a, Job{Kind: "ask", Key: "k", RunAt: now})
	j := claim(t, a, now, 1)[0]
	must(t, a, func(tx *Tx) error {
		if err := tx.FenceHolds(j, now); err != nil {
			return err
		}
		done := make(chan []Job)
		go func() { done <- claim(t, b, now.Add(time.Hour), 1) }()
		if got := <-done; len(got) != 0 {
			t.Errorf("claimed beside the fence: %+v", got)
		}
		return nil
	})
	if got := claim(t, b, now.Add(time.Hour), 1); len(got) != 1 {
		t.Errorf("not claimed afterwards: %+v", got)
	}
}

func TestRescheduledWhileLeased(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		s, now := openAt(t, dsn), time.Now().Truncate(time.Microsecond).UTC()
		want := now.Add(10 * time.Second)
		for name, end := range map[string]func(*Tx, Job) error{
			"finish": func(tx *Tx, j Job) error { return tx.FinishJob(j) },
			"delay":  func(tx *Tx, j Job) error { return tx.DelayJob(j, now.Add(time.Hour)) },
		} {
			schedule(t, s, Job{Kind: "ask", Key: name, RunAt: now})
			j := claim(t, s, now, 1)[0]
			schedule(t, s, Job{Kind: "ask", Key: name, RunAt: want})
			if got := claim(t, s, now.Add(20*time.Second), 1); len(got) != 0 {
				t.Errorf("%s: taken from its holder: %+v", name, got)
			}
			wake, stop := s.Subscribe(TopicJobs)
			must(t, s, func(tx *Tx) error { return end(tx, j) })
			<-wake
			stop()
			if at, _, err := s.NextJobAt(context.Background(), jobKinds); err != nil || !at.Equal(want) {
				t.Errorf("%s: next at %v, %v, want %v", name, at, err, want)
			}
			got := claim(t, s, want, 1)
			if len(got) != 1 || got[0].Tries != 1 {
				t.Fatalf("%s: claimed %+v", name, got)
			}
			must(t, s, func(tx *Tx) error { return tx.FinishJob(got[0]) })
		}
		if _, found, err := s.NextJobAt(context.Background(), jobKinds); err != nil || found {
			t.Errorf("a finished job is left: %v", err)
		}
	})
}

func TestDelay(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		s, now := openAt(t, dsn), time.Now()
		schedule(t, s, Job{Kind: "ask", Key: "k", RunAt: now})
		for try := 1; try <= 3; try++ {
			j := claim(t, s, now, 1)
			if len(j) != 1 || j[0].Tries != try {
				t.Fatalf("try %d: %+v", try, j)
			}
			must(t, s, func(tx *Tx) error { return tx.DelayJob(j[0], now.Add(time.Second)) })
			if early := claim(t, s, now, 1); len(early) != 0 {
				t.Errorf("claimed before its time: %+v", early)
			}
			now = now.Add(time.Second)
		}
	})
}

// TestPaceAndHurry: a job that was put back for want of room keeps what it was to
// do; hurried jobs get their times in order, and others are left alone.
func TestPaceAndHurry(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		s, now := openAt(t, dsn), time.Now().UTC().Truncate(time.Microsecond)
		at := func(sec int) time.Time { return now.Add(time.Duration(sec) * time.Second) }
		schedule(t, s,
			Job{Kind: "ask", Key: "paced", Account: "a", RunAt: now}, Job{Kind: "ask", Key: "late", Account: "a", RunAt: at(900)},
			Job{Kind: "ask", Key: "soon", Account: "a", RunAt: at(90)}, Job{Kind: "other", Key: "kind", Account: "a", RunAt: at(90)},
			Job{Kind: "ask", Key: "account", Account: "b", RunAt: at(90)}, Job{Kind: "ask", Key: "running", Account: "a", RunAt: now.Add(-1)})
		jobs := claim(t, s, now, 10)
		if len(jobs) != 2 || jobs[0].Key != "running" || jobs[1].Account != "a" || jobs[1].Paced() {
			t.Fatalf("claimed %+v", jobs)
		}
		must(t, s, func(tx *Tx) error { return tx.PaceJob(jobs[1], at(5)) })
		var n int
		var last time.Time
		err := s.Read(t.Context(), func(tx *ReadTx) (err error) { n, last, err = tx.PacedJobs("a"); return err })
		if err != nil || n != 1 || !last.Equal(at(5)) {
			t.Fatalf("%d paced, the last at %v; %v", n, last, err)
		}
		if got := claim(t, s, at(5), 10); len(got) != 1 || !got[0].Paced() || !got[0].Due.Equal(now) || got[0].Tries != 2 {
			t.Fatalf("claimed %+v", got)
		} else {
			must(t, s, func(tx *Tx) error { return tx.PaceJob(got[0], at(20)) })
		}
		var slow int
		err = s.Read(t.Context(), func(tx *ReadTx) (err error) { slow, err = tx.SlowJobs("a", []string{"ask"}, at(6)); return err })
		if err != nil || slow != 3 {
			t.Fatalf("%d slow jobs; %v", slow, err)
		}
		must(t, s, func(tx *Tx) error { return tx.HurryJobs("a", []string{"ask"}, at(6), Slots{at(7), time.Second, 2}) })
		for i, key := range []string{"paced", "soon"} {
			got := claim(t, s, at(7+i), 10)
			if len(got) != 1 || got[0].Key != key || !got[0].Due.IsZero() || !got[0].Paced() {
				t.Errorf("at %d: %+v, want %s", 7+i, got, key)
			}
		}
		if got := claim(t, s, at(30), 10); len(got) != 0 {
			t.Errorf("hurried as well: %+v", got)
		}
	})
}

func TestDueUsesItsIndex(t *testing.T) {
	s := openAt(t, testkit.SQLite(t))
	var plan []string
	err := s.Read(context.Background(), func(tx *ReadTx) (err error) {
		plan, err = all(tx, `EXPLAIN QUERY PLAN SELECT key FROM job WHERE kind IN ($1, $2) AND `+due+` <= $3`,
			values{"a", "b", 1}, func(r scanner) (text string, err error) {
				var a, b, c int
				return text, r.Scan(&a, &b, &c, &text)
			})
		return err
	})
	if err != nil || !slices.ContainsFunc(plan, func(p string) bool { return p == "SEARCH job USING INDEX job_due (kind=? AND <expr><?)" }) {
		t.Errorf("plan %q, %v", plan, err)
	}
}
