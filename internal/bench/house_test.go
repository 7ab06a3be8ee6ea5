//go:build unix

package bench

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptrace"
	"os"
	"path/filepath"
	"runtime/pprof"
	"sync"
	"sync/atomic"
	"syscall"
	"testing/fstest"
	"time"

	"guitai"
	"guitai/after"
	"guitai/channel"
	"guitai/channel/alipay"
	"guitai/channel/wechat"
	"guitai/office"
	"guitai/pay"
	"guitai/store"
	"guitai/till"
	"guitai/web"
)

// house is our rooms, wired as cmd/guitai wires them, in a process of their own
// with clocks between the rooms. It is driven over HTTP: /open, /begin, /end,
// /close.

// houseOrder says what to open.
type houseOrder struct {
	Dir    string
	Wallet string
	WeChat map[string]string
	Alipay map[string]string
	Still  time.Time // when not zero: the switch's clock stands here and its IDs are counted
}

// opened is how to reach what was opened.
type opened struct {
	URL, Key string
	Merchant guitai.MerchantID
}

// figures is what the house measured between /begin and /end.
type figures struct {
	CPU     float64 // seconds of this process
	Count   int64
	Handler time.Duration // sum: from the request to the answer
	Charge  time.Duration // sum: in the channel
	Wire    time.Duration // sum: of it, from the first byte sent to the wallet until the first of its answer
	Commits int64
	Profile []byte // CPU profile, gzipped
}

// clocks are the sums that are being taken.
type clocks struct{ count, handler, charge, wire atomic.Int64 }

// timedAlipay and timedWeChat are the channels with a clock around Charge.
type timedAlipay struct {
	*alipay.Channel
	clocks *clocks
}

func (t timedAlipay) Charge(ctx context.Context, c channel.Charge) channel.Answer {
	return t.clocks.around(ctx, func(ctx context.Context) channel.Answer { return t.Channel.Charge(ctx, c) })
}

type timedWeChat struct {
	*wechat.Channel
	clocks *clocks
}

func (t timedWeChat) Charge(ctx context.Context, c channel.Charge) channel.Answer {
	return t.clocks.around(ctx, func(ctx context.Context) channel.Answer { return t.Channel.Charge(ctx, c) })
}

// around times a call: all of it, and the part from the connection being there
// until the wallet's answer begins to come in.
func (k *clocks) around(ctx context.Context, call func(context.Context) channel.Answer) channel.Answer {
	var sent atomic.Int64
	began := time.Now()
	a := call(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn:              func(httptrace.GotConnInfo) { sent.Store(int64(time.Since(began))) },
		GotFirstResponseByte: func() { k.wire.Add(int64(time.Since(began)) - sent.Load()) },
	}))
	k.charge.Add(int64(time.Since(began)))
	return a
}

type house struct {
	clocks clocks
	store  *store.Store
	stop   context.CancelFunc
	work   sync.WaitGroup
	srv    *http.Server
	order  houseOrder

	cpu     float64
	commits int64
	profile bytes.Buffer
}

// houseMain is the main of the house's process.
func houseMain() error {
	h := &house{}
	mux := http.NewServeMux()
	handle(mux, "/open", h.open)
	handle(mux, "/begin", h.begin)
	handle(mux, "/end", h.end)
	handle(mux, "/close", h.close)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	return http.Serve(l, mux)
}

func handle[I, O any](mux *http.ServeMux, path string, do func(I) (O, error)) {
	mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
		var in I
		err := json.NewDecoder(r.Body).Decode(&in)
		var out O
		if err == nil {
			out, err = do(in)
		}
		if err == nil {
			err = json.NewEncoder(w).Encode(out)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
}

// open opens a house on a fresh database.
func (h *house) open(o houseOrder) (opened, error) {
	h.order = o
	dsn := "sqlite:" + filepath.Join(o.Dir, "house.db")
	m, key, err := furnish(dsn)
	if err != nil {
		return opened{}, err
	}
	if h.store, err = store.Open(context.Background(), store.Options{DSN: dsn, Now: time.Now, Rand: rand.Reader, Node: "house"}); err != nil {
		return opened{}, err
	}
	ch, err := h.channel(o)
	if err != nil {
		return opened{}, err
	}
	sw := &pay.Switch{Store: h.store, Policy: pay.Default(), Now: time.Now, Rand: rand.Reader, Log: slog.New(slog.DiscardHandler),
		Secret: make([]byte, 32), Accounts: []pay.Account{{ID: "acc", Merchant: m, Wallet: ch.Wallet(), FeeRate: feeRate}},
		Channels: map[guitai.AccountID]channel.Channel{"acc": ch}}
	if !o.Still.IsZero() {
		sw.Now, sw.Rand = func() time.Time { return o.Still }, &counted{}
	}
	door := &web.Server{Pay: sw, Office: office.New(h.store, time.Now, rand.Reader), Counter: &till.Counter{Now: time.Now},
		UI: fstest.MapFS{}, Now: time.Now, Log: slog.New(slog.DiscardHandler), Version: "bench", Secure: web.Loopback}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return opened{}, err
	}
	h.serve(l, door.Handler(), sw)
	return opened{"http://" + l.Addr().String(), key, m}, nil
}

// serve starts the door and the work behind it.
func (h *house) serve(l net.Listener, door http.Handler, sw *pay.Switch) {
	var ctx context.Context
	ctx, h.stop = context.WithCancel(context.Background())
	h.srv = &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		door.ServeHTTP(w, r)
		h.clocks.handler.Add(int64(time.Since(began)))
		h.clocks.count.Add(1)
	})}
	log := slog.New(slog.DiscardHandler)
	runner := &after.Runner{Store: h.store, Now: time.Now, Log: log, Workers: 16, Lease: time.Minute, Poll: 500 * time.Millisecond,
		Handlers: map[string]after.Handler{pay.JobPayment: sw.Advance, pay.JobRefund: sw.AdvanceRefund, pay.JobConfirm: sw.Confirm, pay.JobSuspense: sw.ReturnSuspense, pay.JobWake: sw.Wake}}
	numberer := &after.Numberer{Store: h.store, Log: log, Poll: 500 * time.Millisecond}
	h.work.Go(func() { runner.Run(ctx) })
	h.work.Go(func() { numberer.Run(ctx) })
	h.work.Go(func() { _ = h.srv.Serve(l) }) // it ends when it is shut down
}

func (h *house) channel(o houseOrder) (channel.Channel, error) {
	read := func(name string) []byte {
		b, err := os.ReadFile(name)
		if err != nil {
			return nil // Open says what is missing
		}
		return b
	}
	if o.Wallet == "alipay" {
		a := o.Alipay
		c, err := alipay.Open(alipay.Options{Gateway: a["gateway"], AppID: a["app_id"], SellerID: a["seller_id"],
			AppPrivateKey: read(a["app_private_key"]), AlipayPublicKey: read(a["alipay_public_key"]), Now: time.Now})
		return timedAlipay{c, &h.clocks}, err
	}
	w := o.WeChat
	c, err := wechat.Open(wechat.Options{BaseURL: w["base_url"], TLSBaseURL: w["tls_base_url"], TLSCA: read(w["tls_ca"]), MchID: w["mchid"],
		AppID: w["appid"], SerialNo: w["serial_no"], PrivateKey: read(w["private_key"]), Certificate: read(w["certificate"]),
		APIv3Key: w["api_v3_key"], APIv2Key: w["api_v2_key"], PublicKeyID: w["public_key_id"], PublicKey: read(w["public_key"]),
		Mode: wechat.ModePublicKey, Now: time.Now, Rand: rand.Reader})
	return timedWeChat{c, &h.clocks}, err
}

type profiled struct{ Profile bool }

// begin starts the clocks.
func (h *house) begin(p profiled) (struct{}, error) {
	h.profile.Reset()
	for _, k := range []*atomic.Int64{&h.clocks.count, &h.clocks.handler, &h.clocks.charge, &h.clocks.wire} {
		k.Store(0)
	}
	h.commits, h.cpu = h.store.Counts().Commits, ownCPU()
	if p.Profile {
		return struct{}{}, pprof.StartCPUProfile(&h.profile)
	}
	return struct{}{}, nil
}

// end reads them.
func (h *house) end(struct{}) (figures, error) {
	cpu := ownCPU() - h.cpu
	pprof.StopCPUProfile()
	k := &h.clocks
	return figures{CPU: cpu, Count: k.count.Load(), Handler: time.Duration(k.handler.Load()), Charge: time.Duration(k.charge.Load()),
		Wire: time.Duration(k.wire.Load()), Commits: h.store.Counts().Commits - h.commits, Profile: bytes.Clone(h.profile.Bytes())}, nil
}

func ownCPU() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}

type closing struct {
	Merchant guitai.MerchantID
	Paid     int64
}

// close checks the money, then closes the house and removes its database.
func (h *house) close(c closing) (struct{}, error) {
	err := h.srv.Shutdown(context.Background())
	h.stop()
	h.work.Wait()
	err = errors.Join(err, checkLedger(h.store, c.Merchant, c.Paid*price, c.Paid), h.store.Close())
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if e := os.Remove(filepath.Join(h.order.Dir, "house.db"+suffix)); e != nil && !errors.Is(e, os.ErrNotExist) {
			err = errors.Join(err, e)
		}
	}
	return struct{}{}, err
}

// child is this test program started again in another role.
type child struct {
	*process
	url string
}

// startChild starts it with an order on its standard input, and reads the
// address that it prints first.
func startChild(role string, order any) (*child, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	in, err := json.Marshal(order)
	if err != nil {
		return nil, err
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	p := &process{cmd: newCommand(exe, role), done: make(chan struct{})}
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = bytes.NewReader(in), w, os.Stderr
	err = p.cmd.Start()
	w.Close()
	if err != nil {
		return nil, err
	}
	go func() {
		_ = p.cmd.Wait() // how it ends is of no interest
		close(p.done)
	}()
	var line bytes.Buffer
	for b := make([]byte, 1); ; {
		if _, err := io.ReadFull(r, b); err != nil {
			p.stop()
			return nil, fmt.Errorf("%s did not start: %w", role, err)
		}
		if b[0] == '\n' {
			return &child{p, "http://" + line.String()}, nil
		}
		line.WriteByte(b[0])
	}
}
