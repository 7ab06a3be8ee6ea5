package web_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"guitai"
	"guitai/after"
	"guitai/channel"
	"guitai/internal/testkit"
	"guitai/notify"
	"guitai/office"
	"guitai/pay"
	"guitai/qr"
	"guitai/store"
	"guitai/till"
	"guitai/vault"
	"guitai/web"
)

// house is a whole server behind a real socket: two merchants with an account
// at each wallet of the street, and the work behind the counter.
type house struct {
	t      testing.TB
	dsn    string
	store  *store.Store
	office *office.Office
	pay    *pay.Switch
	door   *web.Server
	url    string
	log    *journal
	shift  atomic.Int64 // of the clock, in nanoseconds
	street *street
	http   *http.Client
	stop   func()
	people []office.NewPerson // of the first shop

	merchant, other guitai.MerchantID
	key, otherKey   string
	tills           []guitai.Till // of merchant
	doc             *document
}

// now is the house's clock: the true one, shifted.
func (h *house) now() time.Time { return time.Now().Add(time.Duration(h.shift.Load())) }

func (h *house) pass(d time.Duration) { h.shift.Add(int64(d)) }

// The PINs of the first shop.
const (
	cashierPIN = "258036"
	managerPIN = "147269"
)

const testSecret = "thirty-two bytes of a test secret"

// staffed gives the first shop its people. PINs take time to hash, so it has
// none in most tests.
func staffed(h *house) {
	h.people = []office.NewPerson{
		{Number: "101", Name: "林小雨", Role: guitai.Cashier, PIN: cashierPIN},
		{Number: "201", Name: "陈建国", Role: guitai.Manager, PIN: managerPIN}}
}

func shop(name string) office.NewShop {
	n := office.NewShop{Merchant: name + "有限公司",
		Tills:       []guitai.Till{{Number: "1", Name: "一号", Paper: 80}, {Number: "2", Name: "二号", Paper: 58}},
		Departments: []guitai.Department{{ID: "drinks", Name: "饮料", Place: 1}},
		Items: []guitai.Item{{Code: "1001", Barcodes: []string{"2000000010014"}, Name: "矿泉水", NameEn: "Water", Department: "drinks",
			Price: guitai.Fen(200), Unit: "瓶", Place: 1}}}
	n.Shop = guitai.Shop{Name: name, Address: "桂花里路 18 号", Phone: "021-5555 0118", Zone: "Asia/Shanghai"}
	return n
}

// option changes a house before it opens.
type option func(*house)

// on opens the house on a database.
func on(dsn string) option { return func(h *house) { h.dsn = dsn } }

// policy changes the switch's patience.
func policy(change func(*pay.Policy)) option { return func(h *house) { change(&h.pay.Policy) } }

// atDoor changes the door.
func atDoor(change func(*web.Server)) option { return func(h *house) { change(h.door) } }

// open opens a house and furnishes it the first time.
func open(t testing.TB, options ...option) *house {
	t.Helper()
	h := &house{t: t, log: &journal{}, stop: func() {}, pay: &pay.Switch{Policy: pay.Default()}, door: &web.Server{}}
	for _, o := range options {
		o(h)
	}
	if h.dsn == "" {
		h.dsn = testkit.SQLite(t)
	}
	st, err := store.Open(t.Context(), store.Options{DSN: h.dsn, Now: h.now, Rand: rand.Reader, Node: "test"})
	if err != nil {
		t.Fatal(err)
	}
	h.store = st
	h.office = office.New(st, h.now, rand.Reader)
	h.office.Own = office.OwnCodes{Address: "https://pay.example.com", Key: qr.OwnKey([]byte("secret"))}
	rule := office.UsualOffline()
	rule.Public = "https://pay.example.cn"
	if err := h.office.Trust([]byte(testSecret), rule); err != nil {
		t.Fatal(err)
	}
	h.furnish()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h.url = "http://" + l.Addr().String()
	h.openPay()
	h.serve(l, options)
	t.Cleanup(h.close)
	return h
}

// furnish makes both merchants, or finds them.
func (h *house) furnish() {
	h.t.Helper()
	ctx := h.t.Context()
	had, err := h.office.Merchants(ctx)
	if err != nil {
		h.t.Fatal(err)
	}
	if len(had) == 0 {
		first := shop("桂花里便利店")
		first.People = h.people
		for _, n := range []office.NewShop{first, shop("隔壁小卖部")} {
			m, err := h.office.OpenShop(ctx, n)
			if err != nil {
				h.t.Fatal(err)
			}
			had = append(had, m)
		}
	}
	h.merchant, h.other = had[0].ID, had[1].ID
	for m, key := range map[guitai.MerchantID]*string{h.merchant: &h.key, h.other: &h.otherKey} {
		if *key, err = h.office.NewKey(ctx, m, "test"); err != nil {
			h.t.Fatal(err)
		}
	}
	all, _, err := h.office.Tills(ctx)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, t := range all {
		if t.Merchant == h.merchant {
			h.tills = append(h.tills, t)
		}
	}
}

// openPay opens the switch with an account at each wallet for each merchant.
// The wallets' notices come to the first one's.
func (h *house) openPay() {
	h.t.Helper()
	var err error
	if h.street, err = theStreet(); err != nil {
		h.t.Fatal(err)
	}
	channels, err := h.street.channels()
	if err != nil {
		h.t.Fatal(err)
	}
	h.pay.Store, h.pay.Now, h.pay.Rand = h.store, h.now, rand.Reader
	h.pay.Log, h.pay.Secret = slog.New(slog.NewTextHandler(h.log, nil)), []byte(testSecret)
	h.pay.Channels = map[guitai.AccountID]channel.Channel{}
	for w, c := range channels {
		mine := pay.Account{ID: account(w), Merchant: h.merchant, Wallet: w, FeeRate: 600,
			NotifyURL: h.url + "/notify/" + string(w) + "/" + string(account(w))}
		theirs := pay.Account{ID: "acc_theirs_" + guitai.AccountID(w), Merchant: h.other, Wallet: w, FeeRate: 600}
		h.pay.Accounts = append(h.pay.Accounts, mine, theirs)
		h.pay.Channels[mine.ID], h.pay.Channels[theirs.ID] = c, c
	}
}

// reopen is the street's channel for what looks like credentials.
func (h *house) reopen(o office.Opening) (channel.Channel, error) {
	channels, err := h.street.channels()
	if err == nil && o.Secrets["api_v3_key"] == "" {
		err = errors.New("no key")
	}
	return channels[o.Wallet], err
}

// account is the first merchant's account at a wallet.
func account(w guitai.Wallet) guitai.AccountID { return "acc_mine_" + guitai.AccountID(w) }

// serve starts the work behind the counter and the door.
func (h *house) serve(l net.Listener, options []option) {
	h.t.Helper()
	log := slog.New(slog.NewTextHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	d := h.door
	d.Pay, d.Office, d.Counter, d.Now, d.Log = h.pay, h.office, &till.Counter{Now: h.now}, h.now, log
	d.Shelf, d.Club = &till.Shelf{Store: h.store}, &till.Club{Store: h.store, Rand: rand.Reader}
	d.Journal = &till.Journal{Store: h.store, Pay: h.pay, Now: h.now}
	ring := vaultFor(h.t)
	d.Hooks = &office.Hooks{Store: h.store, Vault: ring, Rule: notify.Rule{Private: true}, Now: h.now, Rand: rand.Reader}
	d.Accounts = &office.Accounts{Store: h.store, Vault: ring, Now: h.now, Rand: rand.Reader, Log: log, Hosts: []string{"api.mch.weixin.qq.com"},
		Fixed: pay.Table{Accounts: h.pay.Accounts, Channels: h.pay.Channels}, Open: h.reopen}
	d.Version, d.Secure = "0.0.test", web.Loopback
	d.UI = fstest.MapFS{"index.html": {Data: []byte("<p>home")}, "till.html": {Data: []byte("<p>till")},
		"screen.html": {Data: []byte("<p>screen")}, "assets/till.js": {Data: []byte("export {}")}, "assets/odd.exe": {Data: []byte("x")}}
	d.Metrics = []web.Counter64{{Name: "store_commits_total", Help: "COMMITs", Read: func() int64 { return h.store.Counts().Commits }}}
	for _, o := range options {
		o(h)
	}
	h.http = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 200}}
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	runner := &after.Runner{Store: h.store, Now: h.now, Log: log, Workers: 4, Lease: 45 * time.Second, Poll: 20 * time.Millisecond,
		Handlers: map[string]after.Handler{pay.JobPayment: h.pay.Advance, pay.JobRefund: h.pay.AdvanceRefund,
			pay.JobConfirm: h.pay.Confirm, pay.JobSuspense: h.pay.ReturnSuspense, till.JobJudge: d.Journal.JudgeAgain}}
	courier := &after.Courier{Store: h.store, Vault: ring, Now: h.now, Rand: rand.Reader, Log: log,
		Sender: notify.NewSender(notify.Options{Rule: notify.Rule{Private: true}, Now: h.now, Agent: "Guitai/test"})}
	runner.Handlers[store.JobWebhook] = courier.Deliver
	walker := &after.Walker{Store: h.store, Rand: rand.Reader, Log: log, Poll: 20 * time.Millisecond}
	numberer := &after.Numberer{Store: h.store, Log: log, Poll: 20 * time.Millisecond}
	work.Go(func() { runner.Run(ctx) })
	work.Go(func() { numberer.Run(ctx) })
	work.Go(func() { walker.Run(ctx) })
	work.Go(func() {
		if err := d.Serve(ctx, l, nil, 5*time.Second); err != nil {
			h.t.Errorf("the server ended with %v", err)
		}
	})
	h.stop = sync.OnceFunc(func() {
		h.http.CloseIdleConnections()
		cancel()
		work.Wait()
		courier.Sender.Close()
		if err := h.store.Close(); err != nil {
			h.t.Error(err)
		}
	})
}

func (h *house) close() { h.stop() }

// vaultFor is a vault with a key of its own.
func vaultFor(t testing.TB) *vault.Ring {
	t.Helper()
	keys, err := (vault.Keys{}).Add(time.Now(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ring, err := vault.NewRing(keys, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

// journal is a log that is kept.
type journal struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.String()
}

// within waits until something holds.
func within(t testing.TB, d time.Duration, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatalf("after %v still not: %s", d, what)
}
