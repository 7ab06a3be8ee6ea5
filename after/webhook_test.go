package after_test

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"guitai"
	"guitai/after"
	"guitai/notify"
	"guitai/store"
	"guitai/vault"
)

// post is a store with one webhook, a receiver, and a clock that is turned by
// hand.
type post struct {
	t     *testing.T
	dsn   string
	st    *store.Store
	ring  *vault.Ring
	shift atomic.Int64
	say   atomic.Int64
	heard atomic.Int64
	hold  chan struct{} // while it is not nil and open the receiver waits
	url   string
}

const (
	payee = guitai.MerchantID("mer_1")
	hook  = guitai.WebhookID("whk_1")
)

func (p *post) now() time.Time { return time.Now().Add(time.Duration(p.shift.Load())) }

func newPost(t *testing.T) *post {
	p := &post{t: t, dsn: "sqlite:" + filepath.Join(t.TempDir(), "post.db")}
	p.say.Store(http.StatusOK)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		p.heard.Add(1)
		if p.hold != nil {
			<-p.hold
		}
		w.WriteHeader(int(p.say.Load()))
	}))
	t.Cleanup(srv.Close)
	p.url = srv.URL
	p.st = p.open("a")
	keys, err := (vault.Keys{}).Add(time.Now(), rand.Reader)
	if err == nil {
		p.ring, err = vault.NewRing(keys, rand.Reader)
	}
	sealed := ""
	if err == nil {
		sealed, err = p.ring.Seal(make([]byte, 32), vault.Place{Merchant: payee, Owner: string(hook), Field: "secret"})
	}
	if err == nil {
		err = p.st.InTx(t.Context(), func(tx *store.Tx) error {
			return errors.Join(tx.InsertMerchant(guitai.Merchant{ID: payee, CreatedAt: tx.Now()}),
				tx.InsertWebhook(store.Webhook{ID: hook, Merchant: payee, URL: p.url, Secret: sealed, CreatedAt: tx.Now(), UpdatedAt: tx.Now()}))
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *post) open(node string) *store.Store {
	st, err := store.Open(context.Background(), store.Options{DSN: p.dsn, Now: p.now, Node: node})
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() {
		if err := st.Close(); err != nil {
			p.t.Error(err)
		}
	})
	return st
}

func (p *post) courier(st *store.Store) *after.Courier {
	s := notify.NewSender(notify.Options{Rule: notify.Rule{Private: true}, Now: p.now, Agent: "test"})
	p.t.Cleanup(s.Close)
	return &after.Courier{Store: st, Sender: s, Vault: p.ring, Now: p.now, Rand: rand.Reader, Log: slog.New(slog.DiscardHandler), OffAfter: 48 * time.Hour}
}

// news writes numbered news.
func (p *post) news(ids ...guitai.EventID) {
	p.t.Helper()
	err := p.st.InTx(p.t.Context(), func(tx *store.Tx) error {
		for _, id := range ids {
			if err := tx.InsertNews(guitai.News{ID: id, Merchant: payee, Topic: "suspense.opened", At: tx.Now()}); err != nil {
				return err
			}
		}
		_, err := tx.NumberNews(1000)
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
}

// walk lets walkers on both nodes make deliveries until nothing is behind.
func (p *post) walk(stores ...*store.Store) {
	p.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	for _, st := range stores {
		w := &after.Walker{Store: st, Rand: rand.Reader, Log: slog.New(slog.DiscardHandler), Poll: 10 * time.Millisecond}
		all.Go(func() { w.Run(ctx) })
	}
	defer all.Wait()
	defer cancel()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		var behind []store.Webhook
		err := p.st.Read(p.t.Context(), func(tx *store.ReadTx) (err error) { behind, err = tx.WebhooksBehind(); return err })
		if err == nil && len(behind) == 0 {
			return
		}
		if time.Now().After(end) {
			p.t.Fatalf("still behind: %v, %v", behind, err)
		}
	}
}

func (p *post) deliveries() []store.Delivery {
	p.t.Helper()
	var list []store.Delivery
	err := p.st.Read(p.t.Context(), func(tx *store.ReadTx) (err error) {
		list, err = tx.Deliveries(hook, time.Time{}, "", 1000)
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return list
}

func (p *post) webhook() store.Webhook {
	p.t.Helper()
	var w store.Webhook
	err := p.st.Read(p.t.Context(), func(tx *store.ReadTx) (err error) { w, err = tx.Webhook(payee, hook); return err })
	if err != nil {
		p.t.Fatal(err)
	}
	return w
}

// claim leases what is due.
func (p *post) claim(st *store.Store) []store.Job {
	p.t.Helper()
	jobs, err := st.ClaimJobs(p.t.Context(), []string{store.JobWebhook}, p.now(), time.Minute, 100)
	if err != nil {
		p.t.Fatal(err)
	}
	return jobs
}

// TestWalkedOnce: two nodes walk the same news; each is told once.
func TestWalkedOnce(t *testing.T) {
	p := newPost(t)
	other := p.open("b")
	var ids []guitai.EventID
	for i := range 250 {
		ids = append(ids, guitai.EventID("evt_"+guitai.Base32([]byte{byte(i), 1})))
	}
	p.news(ids...)
	p.walk(p.st, other)
	list := p.deliveries()
	seen := map[int64]bool{}
	for _, d := range list {
		seen[d.N] = true
	}
	if len(list) != 250 || len(seen) != 250 || len(p.claim(p.st)) != 100 {
		t.Errorf("%d deliveries of %d news", len(list), len(seen))
	}
}

// TestGivenUp: the tries take more than a day, then a person must look; what
// never works is switched off after its days.
func TestGivenUp(t *testing.T) {
	p := newPost(t)
	c := p.courier(p.st)
	p.say.Store(http.StatusBadGateway)
	p.news("evt_1")
	p.walk(p.st)
	began, tries := p.now(), 0
	for ; tries < 20; tries++ {
		jobs := p.claim(p.st)
		if len(jobs) == 0 {
			break
		}
		if err := c.Deliver(t.Context(), jobs[0]); err != nil {
			t.Fatal(err)
		}
		if next := p.deliveries()[0].Next; !next.IsZero() {
			p.shift.Add(int64(next.Sub(p.now()) + time.Millisecond))
		}
	}
	d := p.deliveries()[0]
	if took := p.now().Sub(began); d.State != store.DeliveryGivenUp || tries != notify.MaxTries || took < 24*time.Hour || d.Last.HTTP != 502 {
		t.Errorf("%s after %d tries in %v", d.State, tries, took)
	}
	if got := c.Carried(); got.GivenUp != 1 || got.Failed != int64(tries-1) || p.heard.Load() != int64(tries) {
		t.Errorf("counted %+v", got)
	}
	w := p.webhook()
	if !w.Live() || w.FailingAt.IsZero() {
		t.Errorf("the webhook is %+v", w)
	}
	p.shift.Add(int64(48 * time.Hour))
	p.news("evt_2", "evt_3")
	p.walk(p.st)
	jobs := p.claim(p.st)
	for _, j := range jobs {
		if err := c.Deliver(t.Context(), j); err != nil {
			t.Fatal(err)
		}
	}
	if w := p.webhook(); w.Off != store.OffFailing || c.Carried().SwitchedOff != 1 || p.heard.Load() != int64(tries+1) {
		t.Errorf("the webhook is %+v, heard %d", w, p.heard.Load())
	}
	p.news("evt_4")
	if list := p.deliveries(); len(list) != 3 || list[0].Last.Failure == "" {
		t.Errorf("told while it is off: %+v", list)
	}
}

// TestLostCourier: a node that lost its lease while it waited for the receiver
// records nothing; the other one's try counts.
func TestLostCourier(t *testing.T) {
	p := newPost(t)
	p.hold = make(chan struct{})
	other := p.open("b")
	p.news("evt_1")
	p.walk(p.st)
	slow := make(chan error, 1)
	first := p.claim(p.st)
	go func() { slow <- p.courier(p.st).Deliver(context.Background(), first[0]) }()
	for p.heard.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	p.shift.Add(int64(2 * time.Minute))
	second := p.claim(other)
	if len(second) != 1 {
		t.Fatalf("%d jobs are free again", len(second))
	}
	close(p.hold)
	if err := <-slow; !errors.Is(err, store.ErrLeaseLost) {
		t.Errorf("the slow node was told %v", err)
	}
	if err := p.courier(other).Deliver(t.Context(), second[0]); err != nil {
		t.Fatal(err)
	}
	d := p.deliveries()[0]
	if d.State != store.DeliveryDelivered || d.Steps != 1 || p.heard.Load() != 2 {
		t.Errorf("%s in %d steps, heard %d", d.State, d.Steps, p.heard.Load())
	}
}

// TestSlowReceiver: it gets a few messages at once and no more; the others wait
// and count no try.
func TestSlowReceiver(t *testing.T) {
	p := newPost(t)
	p.hold = make(chan struct{})
	p.news("evt_1", "evt_2", "evt_3", "evt_4", "evt_5", "evt_6")
	p.walk(p.st)
	c := p.courier(p.st)
	var all sync.WaitGroup
	for _, j := range p.claim(p.st) {
		all.Go(func() {
			if err := c.Deliver(context.Background(), j); err != nil {
				t.Error(err)
			}
		})
	}
	for end := time.Now().Add(5 * time.Second); p.heard.Load() < 4 && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(50 * time.Millisecond)
	if n := p.heard.Load(); n != 4 {
		t.Errorf("%d at once", n)
	}
	close(p.hold)
	all.Wait()
	waiting := 0
	for _, d := range p.deliveries() {
		if d.State == store.DeliveryWaiting && d.Steps == 0 && !d.Next.IsZero() {
			waiting++
		}
	}
	if waiting != 2 {
		t.Errorf("%d wait", waiting)
	}
}
