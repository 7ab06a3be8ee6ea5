//go:build unix

package bench

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"guitai"
	"guitai/office"
	"guitai/store"
)

// process is a program that was started.
type process struct {
	cmd  *exec.Cmd
	done chan struct{}
}

func launch(log string, env []string, name string, args ...string) (*process, error) {
	out, err := os.Create(log)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	p := &process{cmd: exec.Command(name, args...), done: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr, p.cmd.Env = out, out, append(os.Environ(), env...)
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = p.cmd.Wait() // how it ends is of no interest
		close(p.done)
	}()
	return p, nil
}

func (p *process) pid() int { return p.cmd.Process.Pid }

// stop asks the process to end, and makes it end if it does not.
func (p *process) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(20 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.done
	}
}

// retry tries until it works, for half a minute at most.
func retry(what string, try func() error) error {
	var err error
	for range 3000 {
		if err = try(); err == nil {
			return nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	return fmt.Errorf("%s: %w", what, err)
}

// credentials is what the sandbox writes; paths are relative to its folder.
type credentials struct {
	Sandbox struct {
		URL string `json:"url"`
	} `json:"sandbox"`
	WeChat map[string]string `json:"wechat"`
	Alipay map[string]string `json:"alipay"`
}

// street is the real program three times: this client, `guitai serve` and
// `guitai sandbox`.
type street struct {
	dir      string
	given    credentials
	sandbox  *process
	server   *process
	url, key string
	merchant guitai.MerchantID
	web      *http.Client

	paid  map[string]int     // payments by wallet; "house": those of our rooms in their own process
	rates map[string]float64 // what a run of this kind did last
}

// openStreet builds the program and starts the sandbox.
func openStreet(dir string) (*street, error) {
	s := &street{dir: dir, web: client(64), paid: map[string]int{}, rates: map[string]float64{}}
	bin := filepath.Join(dir, "guitai")
	if out, err := exec.Command("go", "build", "-o", bin, "guitai/cmd/guitai").CombinedOutput(); err != nil {
		return s, fmt.Errorf("go build: %w\n%s", err, out)
	}
	var err error
	s.sandbox, err = launch(filepath.Join(dir, "sandbox.log"), nil, bin, "sandbox", "--data", filepath.Join(dir, "sandbox"), "--addr", "127.0.0.1:0")
	if err != nil {
		return s, err
	}
	err = retry("sandbox", func() error {
		b, err := os.ReadFile(filepath.Join(dir, "sandbox", "credentials.json"))
		if err == nil {
			err = json.Unmarshal(b, &s.given)
		}
		return err
	})
	for _, m := range []map[string]string{s.given.WeChat, s.given.Alipay} {
		// Of another account: a service provider's.
		maps.DeleteFunc(m, func(name, _ string) bool { return strings.HasPrefix(name, "provider_") })
		for k, v := range m {
			if strings.HasSuffix(v, ".pem") {
				m[k] = filepath.Join(dir, "sandbox", v)
			}
		}
	}
	return s, err
}

// serve furnishes a shop and starts the server. It has no public address, so
// that no notices come: each payment is one call and its answer.
func (s *street) serve() error {
	dsn := "sqlite:" + filepath.Join(s.dir, "guitai.db")
	var err error
	if s.merchant, s.key, err = furnish(dsn); err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	addr := l.Addr().String()
	l.Close()
	s.url = "http://" + addr
	b, err := json.Marshal(map[string]any{"listen": addr, "dsn": dsn, "secret_file": "secret.key", "accounts": []any{
		map[string]any{"id": "acc_wechat", "fee_rate": feeRate, "wechat": s.given.WeChat},
		map[string]any{"id": "acc_alipay", "fee_rate": feeRate, "alipay": s.given.Alipay},
	}})
	if err != nil {
		return err
	}
	file := filepath.Join(s.dir, "guitai.json")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		return err
	}
	if s.server, err = launch(filepath.Join(s.dir, "server.log"), nil, filepath.Join(s.dir, "guitai"), "serve", "--config", file); err != nil {
		return err
	}
	return retry("server", func() error {
		resp, err := s.web.Get(s.url + "/healthz")
		if err != nil {
			return err
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			return errors.New(resp.Status)
		}
		return nil
	})
}

// furnish makes a shop in a fresh database, with a key to its API.
func furnish(dsn string) (guitai.MerchantID, string, error) {
	st, err := store.Open(context.Background(), store.Options{DSN: dsn, Now: time.Now, Rand: rand.Reader, Node: "furnish"})
	if err != nil {
		return "", "", err
	}
	o := office.New(st, time.Now, rand.Reader)
	n := office.NewShop{Merchant: "试验商行", Tills: []guitai.Till{{Number: "1", Name: "一号", Paper: 80}}}
	n.Shop.Name, n.Shop.Zone = "试验店", "Asia/Shanghai"
	m, err := o.OpenShop(context.Background(), n)
	if err != nil {
		return "", "", errors.Join(err, st.Close())
	}
	key, err := o.NewKey(context.Background(), m.ID, "bench")
	return m.ID, key, errors.Join(err, st.Close())
}

func (s *street) close() {
	s.web.CloseIdleConnections()
	for _, p := range []*process{s.server, s.sandbox} {
		if p != nil {
			p.stop()
		}
	}
}

// payerCodes makes as many codes as a run of this kind will need; they live for
// a minute, so they are made shortly before.
func (s *street) payerCodes(wallet string, kind string, d time.Duration) ([]string, error) {
	rate := s.rates[kind]
	if rate == 0 {
		rate = 600
	}
	codes := make([]string, int(rate*1.5*d.Seconds())+40)
	var next atomic.Int64
	r := loop(16, time.Minute, func(int) error {
		i := int(next.Add(1) - 1)
		if i >= len(codes) {
			return errDry
		}
		var c struct {
			Code string `json:"code"`
		}
		err := post(s.web, s.given.Sandbox.URL+"/control/payer-code", "", map[string]string{"wallet": wallet}, &c)
		codes[i] = c.Code
		return err
	})
	return codes, r.err
}

// cashier takes payments at one server with codes that were made before.
type cashier struct {
	web      *http.Client
	url, key string
	name     string
	codes    []string
}

func (t *cashier) pay(turn int) error {
	if turn >= len(t.codes) {
		return errDry
	}
	var p struct {
		State string `json:"state"`
		Error any    `json:"error"`
	}
	err := post(t.web, t.url+"/v1/payments", t.key, map[string]any{"id": fmt.Sprintf("pay_%s_%d", t.name, turn), "kind": "scan",
		"amount": map[string]any{"value": price, "currency": "CNY"}, "auth_code": t.codes[turn], "description": "tea"}, &p)
	if err == nil && p.State != "paid" {
		err = fmt.Errorf("a payment is %s: %v", p.State, p.Error)
	}
	return err
}

// sale is one run of payments, with what the processes used for it.
type sale struct {
	run
	server, sandbox, client, machine float64 // CPU seconds
}

// sell takes payments of one wallet end to end.
func (s *street) sell(wallet string, clients int, d time.Duration) (sale, error) {
	kind := fmt.Sprint(wallet, clients)
	codes, err := s.payerCodes(wallet, kind, d)
	if err != nil {
		return sale{}, err
	}
	t := &cashier{web: s.web, url: s.url, key: s.key, name: rand.Text(), codes: codes}
	pids := []int{s.server.pid(), s.sandbox.pid(), os.Getpid()}
	var before, after [4]float64
	for i, pid := range pids {
		before[i] = cpuOf(pid)
	}
	before[3] = machineCPU()
	out := sale{run: loop(clients, d, t.pay)}
	for i, pid := range pids {
		after[i] = cpuOf(pid)
	}
	after[3] = machineCPU()
	out.server, out.sandbox, out.client, out.machine = after[0]-before[0], after[1]-before[1], after[2]-before[2], after[3]-before[3]
	s.paid[wallet] += out.done
	s.rates[kind] = out.perSecond()
	return out, out.err
}

// check compares, when all is done, what we count with what the wallets charged.
func (s *street) check() error {
	s.server.stop()
	s.server = nil
	resp, err := s.web.Get(s.given.Sandbox.URL + "/control/orders")
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	var list struct {
		Orders []struct {
			Wallet     string `json:"wallet"`
			ChargedFen int64  `json:"charged_fen"`
			BackFen    int64  `json:"given_back_fen"`
		} `json:"orders"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&list); err != nil {
		return err
	}
	var charged, count int64
	for _, o := range list.Orders {
		charged += o.ChargedFen - o.BackFen
		count++
	}
	paid, elsewhere := int64(s.paid["wechat"]+s.paid["alipay"]), int64(s.paid["house"])
	if charged != (paid+elsewhere)*price {
		return fmt.Errorf("the wallets charged %d fen in %d orders; %d payments of %d fen were taken", charged, count, paid+elsewhere, price)
	}
	st, err := store.Open(context.Background(), store.Options{DSN: "sqlite:" + filepath.Join(s.dir, "guitai.db"), Now: time.Now, Rand: rand.Reader})
	if err != nil {
		return err
	}
	return errors.Join(checkLedger(st, s.merchant, paid*price, paid), st.Close())
}
