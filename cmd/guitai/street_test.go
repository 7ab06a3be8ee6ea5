//go:build unix

package main_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptrace"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"guitai"
	"guitai/office"
	"guitai/store"
)

// The tests of this folder start the real program, each part of it a process of
// its own, and look at it from outside only: over HTTP, at its files, and at
// what is left after a kill.

// builtIn is the folder of the program that all tests share.
var builtIn string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "guitai-test-")
	if err == nil {
		builtIn = dir
		var out []byte
		if out, err = exec.Command("go", "build", "-o", program(), ".").CombinedOutput(); err != nil {
			err = fmt.Errorf("go build: %w\n%s", err, out)
		}
	}
	code := 1
	if err == nil {
		code = m.Run()
	} else {
		fmt.Fprintln(os.Stderr, err)
	}
	os.RemoveAll(dir)
	os.Exit(code)
}

func program() string { return filepath.Join(builtIn, "guitai") }

// street is a shop with its server and the wallets, a process each.
type street struct {
	t       *testing.T
	dir     string
	control string // address of the sandbox's control
	url     string // address of the server
	key     string // API key
	dsn     string
	shop    guitai.Merchant
	web     *http.Client
	wrap    []string      // a command that the server is started by
	program string        // another program for the server
	env     []string      // what its environment has besides
	points  []string      // where it may be made to die
	enough  chan struct{} // closed when it has died there often enough

	mu     sync.Mutex
	server *process

	armed atomic.Bool   // somebody wants to know of the next request
	sent  chan struct{} // told when a request has left
	codes sync.Map      // every payer's code that was used: none may be found anywhere
}

// openStreet starts the wallets, furnishes a shop in the database and writes
// the server's configuration. The server is not started yet.
func openStreet(t *testing.T, dsn string) *street {
	s := &street{t: t, dir: t.TempDir(), sent: make(chan struct{}, 1)}
	s.web = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	t.Cleanup(s.web.CloseIdleConnections)
	if path, ok := strings.CutPrefix(dsn, "sqlite:"); ok && !filepath.IsAbs(path) {
		dsn = "sqlite:" + filepath.Join(s.dir, path)
	}
	s.dsn = dsn
	s.start("sandbox", "sandbox", "--data", filepath.Join(s.dir, "sandbox"), "--addr", "127.0.0.1:0", "--speed", "20")
	var given struct {
		Sandbox struct {
			URL string `json:"url"`
		} `json:"sandbox"`
		WeChat   map[string]string `json:"wechat"`
		Alipay   map[string]string `json:"alipay"`
		UnionPay map[string]string `json:"unionpay"`
	}
	within(t, time.Minute, "the sandbox", func() error {
		b, err := os.ReadFile(filepath.Join(s.dir, "sandbox", "credentials.json"))
		if err == nil {
			err = json.Unmarshal(b, &given)
		}
		return err
	})
	s.control = given.Sandbox.URL
	s.furnish()
	s.configure(given.WeChat, given.Alipay, given.UnionPay)
	return s
}

// furnish makes a merchant with a shop, two tills and an API key.
func (s *street) furnish() {
	s.t.Helper()
	st := s.open()
	defer st.Close()
	o := office.New(st, time.Now, rand.Reader)
	n := office.NewShop{Merchant: "试验商行", Tills: []guitai.Till{{Number: "1", Name: "一号", Paper: 80}, {Number: "2", Name: "二号", Paper: 58}}}
	n.Shop.Name, n.Shop.Zone = "试验店", "Asia/Shanghai"
	var err error
	if s.shop, err = o.OpenShop(s.t.Context(), n); err != nil {
		s.t.Fatal(err)
	}
	if s.key, err = o.NewKey(s.t.Context(), s.shop.ID, "test"); err != nil {
		s.t.Fatal(err)
	}
}

// open opens the database from this process.
func (s *street) open() *store.Store {
	s.t.Helper()
	st, err := store.Open(context.Background(), store.Options{DSN: s.dsn, Now: time.Now, Rand: rand.Reader, Node: "test"})
	if err != nil {
		s.t.Fatal(err)
	}
	return st
}

// configure writes guitai.json. The switch's patience is cut down to seconds,
// in the proportions of the real one: a call that takes longer than its time
// still arrives before the switch believes that it did not.
func (s *street) configure(wechat, alipay, unionpay map[string]string) {
	s.t.Helper()
	for _, m := range []map[string]string{wechat, alipay, unionpay} {
		for k, v := range m {
			if strings.HasSuffix(v, ".pem") || strings.HasSuffix(v, ".txt") {
				m[k] = filepath.Join("sandbox", v)
			}
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0") // a port that stays the same over restarts: notices must find it
	if err != nil {
		s.t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	s.url = "http://" + addr
	for _, m := range []map[string]string{wechat, alipay} {
		// Of another account: a service provider's.
		maps.DeleteFunc(m, func(name, _ string) bool { return strings.HasPrefix(name, "provider_") })
	}
	b, err := json.MarshalIndent(map[string]any{
		"listen": addr, "public_url": s.url, "dsn": s.dsn, "secret_file": "secret.key",
		"keys_file": "keys.json", "webhooks": map[string]any{"allow_private": true},
		"accounts": []any{
			map[string]any{"id": "acc_wechat", "fee_rate": 600, "wechat": wechat},
			map[string]any{"id": "acc_alipay", "fee_rate": 550, "alipay": alipay},
			map[string]any{"id": "acc_unionpay", "fee_rate": 380, "unionpay": unionpay},
		},
		"policy": map[string]int{"send_within_ms": 300, "call_timeout_ms": 1500, "lag_ms": 2000, "ask_every_ms": 300,
			"scan_limit_ms": 2000, "reverse_after_ms": 1000, "suspense_for_ms": 3000},
	}, "", "  ")
	if err == nil {
		err = os.WriteFile(filepath.Join(s.dir, "guitai.json"), b, 0o600)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// process is one run of the program.
type process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
	err  error         // how, after done
}

// start runs the program; what it prints is added to NAME.log.
func (s *street) start(name string, args ...string) *process {
	s.t.Helper()
	log, err := os.OpenFile(filepath.Join(s.dir, name+".log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		s.t.Fatal(err)
	}
	defer log.Close()
	args = append([]string{program()}, args...)
	if name == "server" {
		if s.program != "" {
			args[0] = s.program
		}
		args = append(s.wrap[:len(s.wrap):len(s.wrap)], args...)
	}
	p := &process{cmd: exec.Command(args[0], args[1:]...), done: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = log, log
	if name == "server" {
		p.cmd.Env = append(os.Environ(), s.env...)
	}
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // one signal for it and what wraps it
	if err := p.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	s.t.Cleanup(p.kill)
	return p
}

// kill is kill -9; it returns when the process is gone.
func (p *process) kill() {
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) // gone already: so much the better
	<-p.done
}

// up starts the server and returns how long it took until it took money.
func (s *street) up() time.Duration {
	s.t.Helper()
	took, alive := s.tryUp()
	if !alive {
		s.t.Fatalf("the server ended: %v\n%s", s.server.err, s.tail("server"))
	}
	return took
}

// tryUp is up for a server that may end before it takes money.
func (s *street) tryUp() (took time.Duration, alive bool) {
	s.t.Helper()
	began := time.Now()
	alive = true
	p := s.start("server", "serve", "--config", filepath.Join(s.dir, "guitai.json"))
	s.mu.Lock()
	s.server = p
	s.mu.Unlock()
	within(s.t, 30*time.Second, "the server", func() error {
		select {
		case <-p.done:
			alive = false
			return nil
		default:
		}
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
	return time.Since(began), alive
}

// kill kills the server.
func (s *street) kill() {
	s.mu.Lock()
	p := s.server
	s.mu.Unlock()
	p.kill()
}

// stop asks the server to end and expects that it does so properly.
func (s *street) stop() {
	s.t.Helper()
	s.mu.Lock()
	p := s.server
	s.mu.Unlock()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatal(err)
	}
	select {
	case <-p.done:
		if p.err != nil {
			s.t.Errorf("the server did not end well: %v\n%s", p.err, s.tail("server"))
		}
	case <-time.After(30 * time.Second):
		s.t.Error("the server does not stop when it is asked to")
		p.kill()
	}
}

// tail is the end of a log.
func (s *street) tail(name string) string {
	b, err := os.ReadFile(filepath.Join(s.dir, name+".log"))
	if err != nil {
		return err.Error()
	}
	return string(b[max(0, len(b)-4000):])
}

// within tries until it works, and fails the test when the time is over.
func within(t *testing.T, limit time.Duration, what string, try func() error) {
	t.Helper()
	deadline := time.Now().Add(limit)
	for {
		err := try()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %v: %v", what, limit, err)
		}
		time.Sleep(3 * time.Millisecond)
	}
}

// call makes one API call. 0 is no answer at all.
func (s *street) call(ctx context.Context, method, path string, body, into any) int {
	var in io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			s.t.Error(err)
			return 0
		}
		in = bytes.NewReader(b)
	}
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) {
		if method == http.MethodPost && s.armed.CompareAndSwap(true, false) {
			s.sent <- struct{}{}
		}
	}})
	req, err := http.NewRequestWithContext(ctx, method, s.url+path, in)
	if err != nil {
		s.t.Error(err)
		return 0
	}
	req.Header.Set("Authorization", "Bearer "+s.key)
	return s.do(req, into)
}

func (s *street) do(req *http.Request, into any) int {
	resp, err := s.web.Do(req)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0
	}
	if resp.StatusCode == http.StatusBadRequest {
		s.t.Logf("%s %s: %s", req.Method, req.URL.Path, b)
	}
	if into != nil && resp.StatusCode == http.StatusOK {
		if err := json.Unmarshal(b, into); err != nil {
			s.t.Errorf("%s %s: %v", req.Method, req.URL.Path, err)
		}
	}
	return resp.StatusCode
}

// insist repeats a call word for word until it is answered: nobody at the
// counter gives up because the server was killed. It is what the client's own
// id is for.
func (s *street) insist(ctx context.Context, method, path string, body, into any) int {
	for ctx.Err() == nil {
		if code := s.call(ctx, method, path, body, into); code != 0 && code < 500 {
			return code
		}
		select {
		case <-ctx.Done():
		case <-time.After(25 * time.Millisecond):
		}
	}
	return 0
}

// wallet calls the sandbox's control.
func (s *street) wallet(method, path string, body, into any) int {
	b, err := json.Marshal(body)
	if err != nil {
		s.t.Error(err)
		return 0
	}
	req, err := http.NewRequest(method, s.control+path, bytes.NewReader(b))
	if err != nil {
		s.t.Error(err)
		return 0
	}
	return s.do(req, into)
}

// payerCode puts a code on a payer's phone and remembers it as a secret.
func (s *street) payerCode(wallet, behaviour string) string {
	var c struct {
		Code string `json:"code"`
	}
	ask := map[string]any{"wallet": wallet, "balance": 100_000_000, "behaviour": behaviour}
	if code := s.wallet(http.MethodPost, "/control/payer-code", ask, &c); code != http.StatusOK {
		s.t.Errorf("payer-code: %d", code)
	}
	s.codes.Store(c.Code, true)
	return c.Code
}
