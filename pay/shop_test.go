package pay_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"guitai"
	"guitai/after"
	"guitai/channel"
	"guitai/channel/channeltest"
	"guitai/pay"
	"guitai/store"
)

const shopkeeper = guitai.MerchantID("mer-shop")

// shop is a switch over a real store, with a wallet like WeChat Pay and one
// like Alipay, and all the work behind the counter.
type shop struct {
	*pay.Switch
	t       *testing.T
	dsn     string
	dir     string // of the SQLite file, in virtual time
	wechat  *counter
	alipay  *counter
	stop    context.CancelFunc
	behind  sync.WaitGroup
	counted int
	workers int          // behind the counter
	ahead   atomic.Int64 // how far the shop's clock has been put forward
}

// later lets time pass: by itself in virtual time, else by putting the shop's
// clock forward.
func (s *shop) later(d time.Duration) {
	if s.dir != "" {
		time.Sleep(d)
		return
	}
	s.ahead.Add(int64(d))
}

// counter is the way to one wallet. It counts the calls and may hold one back.
type counter struct {
	*channeltest.Fake
	mu    sync.Mutex
	calls []string
	at    []time.Time
	hold  map[string]time.Duration
	heard time.Time // when the wallet last answered a question or an ending
	// real: time is real, and a Fake may miss its own answer by a hair. Then it
	// is asked until it says what it did.
	real bool
	// lies: the wallet says that it closed an order, and forgets it.
	lies atomic.Bool
}

func (c *counter) note(op string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls, c.at = append(c.calls, op), append(c.at, time.Now())
}

// hang lets the answers to a call stay in our own line for a while.
func (c *counter) hang(op string, d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hold[op] = d
}

func (c *counter) linger(op string) {
	c.mu.Lock()
	d := c.hold[op]
	c.mu.Unlock()
	time.Sleep(d)
}

// when gives the times at which a call was made.
func (c *counter) when(op string) []time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	var at []time.Time
	for i, was := range c.calls {
		if was == op {
			at = append(at, c.at[i])
		}
	}
	return at
}

func (c *counter) Charge(ctx context.Context, x channel.Charge) channel.Answer {
	c.note("charge")
	defer c.linger("charge")
	a := c.Fake.Charge(ctx, x)
	for c.real && (a.Outcome == channel.Unknown || a.Outcome == channel.NotFound) {
		a = c.Fake.Ask(ctx, x.Order)
	}
	return a
}

func (c *counter) Show(ctx context.Context, x channel.Show) channel.Answer {
	c.note("show")
	defer c.linger("show")
	a := c.Fake.Show(ctx, x)
	for c.real && a.Outcome == channel.Unknown {
		a = c.Fake.Show(ctx, x)
	}
	return a
}

func (c *counter) ShowInside(ctx context.Context, x channel.Show, payer string) channel.Answer {
	c.note("inside")
	defer c.linger("inside")
	a := c.Fake.ShowInside(ctx, x, payer)
	for c.real && a.Outcome == channel.Unknown {
		a = c.Fake.ShowInside(ctx, x, payer)
	}
	return a
}

func (c *counter) Ask(ctx context.Context, x channel.Order) channel.Answer {
	c.note("ask")
	defer c.linger("ask")
	a := c.Fake.Ask(ctx, x)
	for c.real && a.Outcome == channel.Unknown {
		a = c.Fake.Ask(ctx, x)
	}
	return c.hears(a)
}

// hears notes when there is an answer.
func (c *counter) hears(a channel.Answer) channel.Answer {
	if a.Outcome != channel.Unknown && a.Outcome != channel.Unavailable {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.heard = time.Now()
	}
	return a
}

// heardAt is when the wallet last answered a question or an ending.
func (c *counter) heardAt() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.heard
}

func (c *counter) End(ctx context.Context, x channel.Order) channel.Answer {
	c.note("end")
	if c.lies.Load() {
		return channel.Answer{Outcome: channel.Closed}
	}
	defer c.linger("end")
	return c.hears(c.Fake.End(ctx, x))
}

func (c *counter) Refund(ctx context.Context, x channel.Refund) channel.RefundAnswer {
	c.note("refund " + x.No)
	defer c.linger("refund")
	a := c.Fake.Refund(ctx, x)
	for c.real && (a.Outcome == channel.RefundUnknown || a.Outcome == channel.RefundNotFound) {
		a = c.Fake.AskRefund(ctx, x)
	}
	return a
}

func (c *counter) AskRefund(ctx context.Context, x channel.Refund) channel.RefundAnswer {
	c.note("ask_refund")
	return c.Fake.AskRefund(ctx, x)
}

// inShop plays a test in virtual time in a shop on a SQLite file.
func inShop(t *testing.T, play func(*testing.T, *shop)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s := openShop(t, "sqlite:"+filepath.Join(dir, "shop.db"), 120*time.Millisecond)
		s.dir = dir
		defer s.close()
		s.work()
		play(t, s)
	})
}

// openShop opens a shop where nobody works behind the counter yet.
func openShop(t *testing.T, dsn string, latency time.Duration) *shop {
	t.Helper()
	s := &shop{t: t, dsn: dsn, workers: 4, Switch: &pay.Switch{Policy: pay.Default(), Now: time.Now, Rand: rand.Reader,
		Log: slog.New(slog.DiscardHandler), Secret: []byte("shop"), Channels: map[guitai.AccountID]channel.Channel{}}}
	s.open()
	s.Now = func() time.Time { return time.Now().Add(time.Duration(s.ahead.Load())) }
	if latency < 10*time.Millisecond { // real time, on a machine that may be busy
		s.Policy.SendWithin, s.Policy.CallTimeout = time.Minute, time.Minute
	}
	seed := mathrand.New(mathrand.NewPCG(7, 7))
	open := func(acc guitai.AccountID, like func(channeltest.FakeOptions) channeltest.FakeOptions) *counter {
		f := channeltest.NewFake(like(channeltest.FakeOptions{Rand: seed, Now: time.Now, Latency: latency,
			Payers: channeltest.Payers{Within: 8 * time.Second},
			Notify: func(n channel.RawNotice) channel.NoticeReply {
				reply, err := s.Notice(context.Background(), acc, n)
				if err != nil {
					t.Logf("notice refused: %v", err)
				}
				return reply
			}}))
		s.Accounts = append(s.Accounts, pay.Account{ID: acc, Merchant: shopkeeper, Wallet: f.Wallet(), FeeRate: feeRate, NotifyURL: "https://shop.example/notify"})
		c := &counter{Fake: f, hold: map[string]time.Duration{}, real: latency < 10*time.Millisecond}
		s.Channels[acc] = c
		return c
	}
	s.wechat, s.alipay = open("acc-wechat", channeltest.LikeWeChat), open("acc-alipay", channeltest.LikeAlipay)
	return s
}

// open opens the store; it must be closed.
func (s *shop) open() {
	s.t.Helper()
	st, err := store.Open(context.Background(), store.Options{DSN: s.dsn, Now: time.Now, Rand: rand.Reader, Node: "shop"})
	if err != nil {
		s.t.Fatal(err)
	}
	s.Store = st
}

// work starts what runs behind the counter.
func (s *shop) work() {
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	runner := &after.Runner{Store: s.Store, Now: time.Now, Log: s.Log, Workers: s.workers, Lease: 30 * time.Second, Poll: time.Minute,
		Handlers: map[string]after.Handler{pay.JobPayment: s.Advance, pay.JobRefund: s.AdvanceRefund,
			pay.JobConfirm: s.Confirm, pay.JobSuspense: s.ReturnSuspense, pay.JobWake: s.Wake}}
	numberer := &after.Numberer{Store: s.Store, Log: s.Log, Poll: time.Minute}
	s.behind.Go(func() { runner.Run(ctx) })
	s.behind.Go(func() { numberer.Run(ctx) })
}

// rest stops what runs behind the counter, until work starts it again.
func (s *shop) rest() {
	if s.stop != nil {
		s.stop()
	}
	s.behind.Wait()
	s.stop = nil
}

func (s *shop) close() {
	s.wechat.Close()
	s.alipay.Close()
	s.rest()
	if err := s.Store.Close(); err != nil {
		s.t.Error(err)
	}
}

// scan is a request to charge a payer who behaves like that.
func (s *shop) scan(w *counter, b channeltest.Behaviour) pay.Request {
	s.counted++
	return pay.Request{ID: guitai.PaymentID(fmt.Sprint("pay-", s.counted)), Merchant: shopkeeper, Shop: "shp-1", Till: "til-1", Staff: "stf-1",
		Amount: guitai.Fen(1250), Kind: guitai.Scan, AuthCode: w.PayerCode(b), Description: "包子"}
}

// show is a request for a code to be scanned.
func (s *shop) show(w *counter) pay.Request {
	s.counted++
	return pay.Request{ID: guitai.PaymentID(fmt.Sprint("pay-", s.counted)), Merchant: shopkeeper, Shop: "shp-1", Till: "til-1",
		Amount: guitai.Fen(1250), Kind: guitai.Show, Wallet: w.Wallet(), ExpiresIn: time.Minute}
}

// take takes a payment that must be stored.
func (s *shop) take(r pay.Request) guitai.Payment {
	s.t.Helper()
	p, err := s.Take(context.Background(), r)
	if err != nil {
		s.t.Fatalf("take: %v", err)
	}
	return p
}

// paid takes a payment that is paid at once.
func (s *shop) paid(w *counter) guitai.Payment {
	s.t.Helper()
	p := s.take(s.scan(w, channeltest.Pays))
	s.want(p.ID, guitai.PaymentPaid, "")
	return s.get(p.ID)
}

func (s *shop) get(id guitai.PaymentID) guitai.Payment {
	s.t.Helper()
	p, err := s.Get(context.Background(), shopkeeper, id)
	if err != nil {
		s.t.Fatalf("get %s: %v", id, err)
	}
	return p
}

func (s *shop) whole(id guitai.PaymentID) pay.Whole {
	s.t.Helper()
	w, err := s.GetWhole(context.Background(), shopkeeper, id)
	if err != nil {
		s.t.Fatalf("get %s: %v", id, err)
	}
	return w
}

// want checks a payment's state as it is stored.
func (s *shop) want(id guitai.PaymentID, state guitai.PaymentState, reason guitai.Code) {
	s.t.Helper()
	if p := s.get(id); p.State != state || p.Reason != reason {
		s.t.Fatalf("%s is %s %q, want %s %q; attempts %+v", id, p.State, p.Reason, state, reason, p.Attempts)
	}
}

// refused checks an error's kind and code.
func (s *shop) refused(err error, kind guitai.Kind, code guitai.Code) {
	s.t.Helper()
	if e := guitai.AsError(err); e == nil || e.Kind != kind || e.Code != code {
		s.t.Fatalf("error %v, want %s %s", err, kind, code)
	}
}

// wallet checks what the wallet charged for a payment and gave back.
func (s *shop) wallet(w *counter, p guitai.Payment, charged, back int64) {
	s.t.Helper()
	b := w.Judge(p.Attempts[0].OrderNo)
	if b.ChargedFen != charged || b.BackFen != back {
		s.t.Fatalf("%s: the wallet charged %d and gave %d back; want %d and %d", p.ID, b.ChargedFen, b.BackFen, charged, back)
	}
}

// ledger checks all accounts that do not stand at zero.
func (s *shop) ledger(want map[string]int64) {
	s.t.Helper()
	have, err := s.Balances(context.Background(), shopkeeper)
	if err != nil {
		s.t.Fatal(err)
	}
	got := map[string]int64{}
	for _, b := range have {
		if b.Money.Fen != 0 {
			got[b.Account] = b.Money.Fen
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		s.t.Fatalf("ledger %v, want %v", got, want)
	}
}

// topics lists the topics of all news of a payment, in their order.
func (s *shop) topics(id guitai.PaymentID) []guitai.Topic {
	s.t.Helper()
	time.Sleep(time.Second) // until they are numbered
	list, err := s.News(context.Background(), shopkeeper, 0, 1000)
	if err != nil {
		s.t.Fatal(err)
	}
	var topics []guitai.Topic
	for _, n := range list {
		if n.Payment == id {
			topics = append(topics, n.Topic)
		}
	}
	return topics
}

// jobs fails unless no job is left.
func (s *shop) jobsDone() {
	s.t.Helper()
	at, found, err := s.Store.NextJobAt(context.Background(), []string{pay.JobPayment, pay.JobRefund, pay.JobConfirm, pay.JobSuspense})
	if err != nil || found {
		s.t.Fatalf("a job is left for %v (%v)", at, err)
	}
}
