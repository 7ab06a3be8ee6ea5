//go:build unix

package main_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"guitai/internal/testkit"
)

// The size and the seed of TestSoakKilled. The seed decides what each client does,
// when the server is killed and what the wallets get wrong; with the same seed
// the same day is tried again, though processes never run twice alike.
var (
	payments = flag.Int("payments", number("GUITAI_PAYMENTS", 0), "payments of TestSoakKilled; 0: in `make soak` 200 on SQLite and 60 on PostgreSQL, else fewer")
	seedFlag = flag.Uint64("seed", uint64(number("GUITAI_SEED", 0)), "seed of TestSoakKilled; 0: a new one")
)

// sized scales the size that `make soak` has by what was asked for. Elsewhere a
// fifth is enough to see that all of it works together.
func sized(full, kills int) (int, int) {
	n := *payments
	switch {
	case n > 0:
	case os.Getenv("GUITAI_SEEDS") != "":
		n = full
	default:
		n = full / 5
	}
	return n, kills * n / full
}

func number(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return otherwise
}

// TestSoakKilled sells in a shop whose server is killed (kill -9) again and again,
// half of the times right after a request was sent, while the wallets get about
// one call in eight wrong. Afterwards the sandbox's own book, our API and our
// database must tell the same about every fen.
func TestSoakKilled(t *testing.T) {
	t.Parallel() // they mostly wait
	for _, c := range []struct {
		name, dsn       string
		payments, kills int
	}{{"sqlite", "sqlite:guitai.db", 200, 40}, {"postgres", "", 60, 20}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dsn := c.dsn
			if dsn == "" {
				dsn = testkit.Postgres(t)
			}
			c.payments, c.kills = sized(c.payments, c.kills)
			seed := *seedFlag
			if seed == 0 {
				seed = uint64(time.Now().UnixNano()) >> 10
			}
			t.Logf("seed %d, payments %d; again: go test ./cmd/guitai -run '%s' -seed %d -payments %d", seed, c.payments, t.Name(), seed, c.payments)
			killed(t, openStreet(t, dsn), seed, c.payments, c.kills)
		})
	}
}

func killed(t *testing.T, s *street, seed uint64, payments, kills int) {
	limit := 2*time.Minute + time.Duration(payments)*time.Second
	if s.points != nil {
		limit += time.Duration(kills) * 5 * time.Second
	}
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	s.misbehave(seed)
	d := &day{street: s, seed: seed, asked: map[string]bool{}, shown: map[string]bool{}}
	s.up()
	began := time.Now()
	var work sync.WaitGroup
	closing := make(chan struct{})
	next := make(chan int)
	for range 10 {
		work.Go(func() {
			for n := range next {
				d.serve(ctx, n)
			}
		})
	}
	var back sync.WaitGroup
	back.Go(func() { d.clerk(ctx, closing) })
	reader := &reader{street: s}
	back.Go(func() { reader.read(ctx) })
	var ready []time.Duration
	back.Go(func() {
		if s.points != nil {
			ready = s.killerAt(ctx, seed, kills, closing)
			return
		}
		ready = s.killer(ctx, seed, kills, closing)
	})
	sold := d.letIn(next, payments)
	close(next)
	work.Wait()
	d.twins.Wait()
	took := time.Since(began)
	close(closing)
	waitFor(t, &back, reader, d)
	if ctx.Err() != nil {
		t.Fatalf("the day was not over within %v\n%s", limit, s.tail("server"))
	}
	quiet := d.settle()
	slices.Sort(ready)
	t.Logf("%d payments sold in %v under %d kills; quiet %v later; ready after a kill: median %v, slowest %v",
		sold, took.Round(time.Millisecond), len(ready), quiet.Round(time.Millisecond),
		ready[len(ready)/2].Round(time.Millisecond), ready[len(ready)-1].Round(time.Millisecond))
	if t.Failed() {
		t.Log(s.tail("server"))
	}
	reader.finish(t)
	d.viaAPI()
	s.stop()
	d.judge()
	d.secrets()
}

// letIn lets payers in: so many, or at named points until the server has died
// often enough. It returns how many came.
func (d *day) letIn(next chan<- int, payments int) int {
	for n := 0; ; n++ {
		if d.enough == nil && n == payments {
			return n
		}
		select {
		case <-d.enough:
			return n
		case next <- n:
		}
	}
}

// waitFor ends the reader of news once the killer and the clerk are done.
func waitFor(t *testing.T, back *sync.WaitGroup, r *reader, d *day) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		back.Wait()
	}()
	for {
		select {
		case <-done:
			return
		case <-time.After(50 * time.Millisecond):
			if d.clerkGone.Load() {
				r.stop()
			}
		}
	}
}

// misbehave sets the faults: things that did not happen, and things that
// happened although nobody heard of it, for every call of both wallets.
func (s *street) misbehave(seed uint64) {
	var rules []map[string]any
	add := func(kind string, probability float64, delayMS int) {
		rules = append(rules, map[string]any{"kind": kind, "probability": probability, "delay_ms": delayMS})
	}
	for _, f := range []struct {
		kind        string
		probability float64
	}{{"silence_before", 0.02}, {"silence_after", 0.02}, {"http_500", 0.01}, {"http_500_after", 0.015}, {"http_202", 0.005},
		{"half_body", 0.01}, {"bad_signature", 0.01}, {"system_error", 0.01}, {"system_error_after", 0.01}, {"wrong_amount", 0.005},
		{"drop_notice", 0.1}, {"duplicate_notice", 0.1}, {"reorder_notice", 0.1}, {"forged_notice", 0.05}} {
		add(f.kind, f.probability, 300)
	}
	add("delay", 0.01, 400)
	// Arrives when the caller has given up and would like to reverse, but before
	// the switch may believe that nothing arrived.
	add("delay", 0.02, 2700)
	add("delay_notice", 0.05, 2500)
	if code := s.wallet(http.MethodPost, "/control/faults", map[string]any{"rules": rules, "seed": seed}, nil); code != http.StatusOK {
		s.t.Fatalf("faults: %d", code)
	}
}

// killer kills the server until the day is over and it has done so often
// enough, and returns how long each start took.
func (s *street) killer(ctx context.Context, seed uint64, kills int, closing <-chan struct{}) []time.Duration {
	r := rand.New(rand.NewPCG(seed, 1))
	var ready []time.Duration
	over := false
	for ctx.Err() == nil && !(over && len(ready) >= kills) {
		time.Sleep(time.Duration(r.Int64N(int64(700 * time.Millisecond))))
		if len(ready)%2 == 0 {
			s.armed.Store(true)
			select {
			case <-s.sent:
				time.Sleep(time.Duration(r.Int64N(int64(30 * time.Millisecond))))
			case <-time.After(time.Second): // nobody sends anything any more
				if !s.armed.CompareAndSwap(true, false) {
					<-s.sent
				}
			}
		}
		s.kill()
		ready = append(ready, s.up())
		select {
		case <-closing:
			over = true
		default:
		}
	}
	return ready
}

// settle ends the faults and waits until nothing is expected any more. It
// returns how long that took.
func (d *day) settle() time.Duration {
	d.t.Helper()
	began := time.Now()
	if code := d.wallet(http.MethodDelete, "/control/faults", nil, nil); code != http.StatusOK {
		d.t.Fatalf("faults: %d", code)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	for {
		payment, err := d.restless(ctx)
		switch {
		case err == nil:
			return time.Since(began)
		case time.Since(began) > 2*time.Minute:
			d.t.Fatalf("not quiet after %v: %v\n%s", time.Since(began), err, d.timeline(payment))
		}
		time.Sleep(200 * time.Millisecond)
	}
}

// restless says what is still expected, and of which payment.
func (d *day) restless(ctx context.Context) (payment string, err error) {
	for _, p := range d.everyPayment(ctx) {
		if !ended(p.State) {
			return p.ID, fmt.Errorf("payment %s is %s (next %v), made %s", p.ID, p.State, p.Next, p.CreatedAt)
		}
	}
	for _, id := range d.refundsAsked() {
		var r refundView
		if code := d.insist(ctx, http.MethodGet, "/v1/refunds/"+id, nil, &r); code == http.StatusOK && !slices.Contains([]string{"done", "failed", "stuck"}, r.State) {
			return r.Payment, fmt.Errorf("refund %s is %s (next %v)", id, r.State, r.Next)
		}
	}
	for _, u := range d.suspense(ctx) {
		// The wallet told a wrong amount: giving that back may be refused for ever.
		if u.Reason != "amount" && !d.stuckAt(ctx, u) {
			return u.Payment, fmt.Errorf("suspense %s is %s until %s", u.ID, u.State, u.ReturnAt)
		}
	}
	var list struct {
		Orders []order `json:"orders"`
	}
	d.wallet(http.MethodGet, "/control/orders", nil, &list)
	for _, o := range list.Orders {
		for _, r := range o.Refunds {
			if r.State == "processing" {
				return "", fmt.Errorf("the wallet still works on refund %s", r.RefundNo)
			}
		}
	}
	return "", nil
}

// timeline is the end of what is kept about a payment, for whoever must find out.
func (d *day) timeline(payment string) string {
	var rows struct {
		Items []json.RawMessage `json:"items"`
	}
	d.call(context.Background(), http.MethodGet, "/v1/payments/"+payment+"/timeline", nil, &rows)
	var text strings.Builder
	for _, r := range rows.Items[max(0, len(rows.Items)-12):] {
		fmt.Fprintf(&text, "%s\n", r)
	}
	return text.String()
}
