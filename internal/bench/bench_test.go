//go:build unix

package bench

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"guitai/internal/testkit"
)

// roleName is the variable that starts this program as one of its helpers.
const roleName = "GUITAI_BENCH_ROLE"

func newCommand(exe, role string) *exec.Cmd {
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), roleName+"="+role)
	return cmd
}

func TestMain(m *testing.M) {
	var err error
	switch os.Getenv(roleName) {
	case "":
		os.Exit(m.Run())
	case "house":
		err = houseMain()
	case "standin":
		err = standin()
	default:
		err = errors.New("unknown role")
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// BenchmarkPayments is one run of everything: `make bench`. It needs
// -benchtime 1x, because it repeats itself. GUITAI_TEST_FSYNC is set, or
// PostgreSQL would not sync.
func BenchmarkPayments(b *testing.B) {
	b.Setenv("GUITAI_TEST_FSYNC", "1")
	x := &experiment{b: b, dir: b.TempDir(), got: map[string][]float64{}, rounds: 5, slice: 1500 * time.Millisecond}
	if os.Getenv("BENCH_SHORT") != "" {
		x.slice = 250 * time.Millisecond
	}
	for range b.N {
		x.run()
	}
	fmt.Print(x.report())
	b.ReportMetric(x.med("sell/alipay/8"), "alipay/s")
	b.ReportMetric(x.med("sell/wechat/8"), "wechat/s")
	b.ReportMetric(x.med("book/sqlite/group/32"), "bookings/s")
}

// experiment is a run: the same sections in turns, several times.
type experiment struct {
	b      *testing.B
	dir    string
	rounds int
	slice  time.Duration
	began  time.Time
	load   string

	key      *rsa.PrivateKey // of the stand-in wallet
	keys     map[string]string
	street   *street
	house    *child
	standin  *child
	still    time.Time
	prepared int
	sqlite   *counter
	postgres *counter
	rawDSN   string
	booked   map[*counter]int

	got     map[string][]float64
	profile map[string][]byte
}

func (x *experiment) must(err error) {
	x.b.Helper()
	if err != nil {
		x.b.Fatal(err)
	}
}

// add notes one measurement.
func (x *experiment) add(name string, v float64) { x.got[name] = append(x.got[name], v) }

func (x *experiment) med(name string) float64 { return median(x.got[name]) }

func (x *experiment) run() {
	x.began, x.load, x.profile, x.booked = time.Now(), loadNow(), map[string][]byte{}, map[*counter]int{}
	x.open()
	for round := range x.rounds {
		x.limits()
		for _, clients := range []int{1, 8, 32} {
			for _, wallet := range []string{"wechat", "alipay"} {
				x.sell(wallet, clients)
			}
			x.replay(clients)
			x.book("sqlite/group", x.sqlite, clients, nil)
			x.book("postgres", x.postgres, clients, nil)
			if clients > 1 {
				x.book("sqlite/alone", x.sqlite, clients, new(sync.Mutex))
			}
		}
		for _, wallet := range []string{"wechat", "alipay"} {
			x.inside(wallet)
		}
		x.b.Logf("round %d of %d, %v so far", round+1, x.rounds, time.Since(x.began).Round(time.Second))
	}
	x.close()
}

// open starts everybody.
func (x *experiment) open() {
	var err error
	x.key, err = rsa.GenerateKey(rand.Reader, 2048)
	x.must(err)
	x.street, err = openStreet(x.dir)
	x.b.Cleanup(x.street.close)
	x.must(err)
	x.must(x.street.serve())
	x.still = time.Now().Add(time.Hour).Truncate(time.Second)
	// Five IDs a payment; no process of ours takes more than 700 a second.
	x.prepared = int(700*5*x.slice.Seconds()) + 500
	x.standin, err = startChild("standin", standinOrder{Key: x509.MarshalPKCS1PrivateKey(x.key), Still: x.still, Numbers: x.prepared})
	x.must(err)
	x.b.Cleanup(x.standin.stop)
	x.house, err = startChild("house", nil)
	x.must(err)
	x.b.Cleanup(x.house.stop)
	x.standinKeys()
	x.sqlite, err = openCounter("sqlite:" + filepath.Join(x.dir, "book.db"))
	x.must(err)
	x.rawDSN = testkit.Postgres(x.b)
	x.postgres, err = openCounter(testkit.Postgres(x.b))
	x.must(err)
}

// standinKeys writes the credentials for an account at the stand-in: the
// sandbox's app key for us, and the stand-in's own key as the wallet's.
func (x *experiment) standinKeys() {
	der, err := x509.MarshalPKIXPublicKey(&x.key.PublicKey)
	x.must(err)
	file := filepath.Join(x.dir, "standin.pem")
	x.must(os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), 0o600))
	x.keys = map[string]string{"gateway": x.standin.url + "/gateway.do", "app_id": x.street.given.Alipay["app_id"],
		"app_private_key": x.street.given.Alipay["app_private_key"], "alipay_public_key": file}
}

// close checks the money of all books.
func (x *experiment) close() {
	x.must(x.street.check())
	for _, c := range []*counter{x.sqlite, x.postgres} {
		x.must(c.check(x.booked[c]))
		x.must(c.store.Close())
	}
	if dir := os.Getenv("BENCH_PROFILES"); dir != "" { // the last round's, for go tool pprof
		for name, p := range x.profile {
			x.must(os.WriteFile(filepath.Join(dir, strings.ReplaceAll(name, "/", "-")+".pprof"), p, 0o600))
		}
	}
}

func (x *experiment) limits() {
	fsync, err := syncs(x.dir, x.slice)
	x.must(err)
	x.add("fsync", fsync)
	rsa, err := timeRSA(x.key, x.slice)
	x.must(err)
	x.add("sign", rsa.sign)
	x.add("verify", rsa.verify)
	x.add("rsa/cpu", rsa.signCPU+rsa.verifyCPU)
	for _, batch := range []int{1, 4, 16} {
		raw, err := rawCommits(x.dir, batch, x.slice)
		x.must(err)
		x.add(fmt.Sprint("raw/", batch), raw)
	}
	for _, clients := range []int{1, 8, 32} {
		n, err := echoes(clients, x.slice/2)
		x.must(err)
		x.add(fmt.Sprint("echo/", clients), n)
	}
	for _, clients := range []int{1, 8} {
		n, err := oneStatement(x.rawDSN, clients, x.slice)
		x.must(err)
		x.add(fmt.Sprint("onestatement/", clients), n)
	}
}

// sell is the whole way, a process each.
func (x *experiment) sell(wallet string, clients int) {
	s, err := x.street.sell(wallet, clients, x.slice)
	x.must(err)
	name := fmt.Sprintf("sell/%s/%d", wallet, clients)
	n := float64(max(1, s.done))
	x.add(name, s.perSecond())
	x.add(name+"/p50", s.at(0.5))
	x.add(name+"/p99", s.at(0.99))
	x.add(name+"/server", 1000*s.server/n)
	x.add(name+"/sandbox", 1000*s.sandbox/n)
	x.add(name+"/client", 1000*s.client/n)
	x.add(name+"/busy", s.machine/s.elapsed.Seconds())
	x.add(name+"/others", (s.machine-s.server-s.sandbox-s.client)/s.elapsed.Seconds())
}

// replay is our own process alone: the wallet's answers were signed before.
func (x *experiment) replay(clients int) {
	t, end := x.through(fmt.Sprint("replay/", clients), houseOrder{Dir: x.dir, Wallet: "alipay", Alipay: x.keys, Still: x.still})
	t.codes = make([]string, x.prepared/6)
	for i := range t.codes {
		t.codes[i] = fmt.Sprintf("28%016d", i)
	}
	end(loop(clients, x.slice, t.pay))
}

// inside is the whole way with our rooms in a process that has clocks.
func (x *experiment) inside(wallet string) {
	t, end := x.through("inside/"+wallet, houseOrder{Dir: x.dir, Wallet: wallet, WeChat: x.street.given.WeChat, Alipay: x.street.given.Alipay})
	var err error
	t.codes, err = x.street.payerCodes(wallet, "inside"+wallet, x.slice)
	x.must(err)
	r := loop(8, x.slice, t.pay)
	x.street.rates["inside"+wallet] = r.perSecond()
	x.street.paid["house"] += r.done
	end(r)
}

// through opens a house; end closes it and notes what it measured.
func (x *experiment) through(name string, o houseOrder) (*cashier, func(run)) {
	var at opened
	web := client(64)
	x.must(post(web, x.house.url+"/open", "", o, &at))
	t := &cashier{web: web, url: at.URL, key: at.Key, name: rand.Text()}
	x.must(post(web, x.house.url+"/begin", "", profiled{Profile: true}, nil))
	return t, func(r run) {
		var f figures
		x.must(post(web, x.house.url+"/end", "", struct{}{}, &f))
		web.CloseIdleConnections()
		x.must(r.err)
		x.must(post(web, x.house.url+"/close", "", closing{at.Merchant, int64(r.done)}, nil))
		n := float64(max(1, f.Count))
		x.add(name, r.perSecond())
		x.add(name+"/p50", r.at(0.5))
		x.add(name+"/p99", r.at(0.99))
		x.add(name+"/cpu", 1000*f.CPU/n)
		x.add(name+"/handler", ms(f.Handler)/n)
		x.add(name+"/charge", ms(f.Charge)/n)
		x.add(name+"/wire", ms(f.Wire)/n)
		x.add(name+"/percommit", n/float64(max(1, f.Commits)))
		x.profile[name] = f.Profile
		byKind, err := shares(f.Profile)
		x.must(err)
		for _, k := range kinds {
			x.add(name+"/cpu/"+k.name, byKind[k.name])
		}
		x.add(name+"/cpu/"+otherKind, byKind[otherKind])
	}
}

// book is the switch and the store without a wallet.
func (x *experiment) book(way string, c *counter, clients int, alone sync.Locker) {
	r, err := c.book(clients, x.slice, alone)
	x.must(err)
	x.booked[c] += r.done
	name := fmt.Sprintf("book/%s/%d", way, clients)
	x.add(name, r.perSecond())
	x.add(name+"/p50", r.at(0.5))
	x.add(name+"/mean", ms(r.elapsed)*float64(clients)/float64(max(1, r.done)))
	x.add(name+"/percommit", r.perCommit)
	x.add(name+"/again", r.again)
	x.add(name+"/late", r.late)
}

// loadNow is the machine's load over the last minute, as others see it too.
func loadNow() string {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	var one string
	_, _ = fmt.Sscan(string(b), &one)
	return one
}
