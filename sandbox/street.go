package sandbox

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"guitai/sandbox/alipay"
	"guitai/sandbox/book"
	"guitai/sandbox/fault"
	"guitai/sandbox/thermal"
	"guitai/sandbox/unionpay"
	"guitai/sandbox/wallet"
	"guitai/sandbox/wechat"
)

// Options says where the street lies and what it is given from outside.
type Options struct {
	Dir   string           // keys, journal and credentials.json
	Addr  string           // of the control; loopback only. Port 0: everything on free ports
	Now   func() time.Time // the clock; signatures allow ±5 min, so it must be the true time
	Rand  io.Reader        // codes, numbers, nonces
	Speed float64          // divides delays (refunds, notices, slow payers), never lifetimes; 0 = 1
	Log   *slog.Logger     // nil: silent
}

// Street is a row of providers that listen, with one book.
type Street struct {
	dir       string
	log       *slog.Logger
	now       func() time.Time
	book      *book.Book
	faults    *fault.Set
	spoiler   *spoiler
	random    io.Reader
	providers map[book.Wallet]wallet.Provider
	printer   *thermal.Printer
	host      string
	port      int
	url       string

	walletPorts map[string]bool // of the wallets' doors
	window      string          // address of the apps' browser

	ctx     context.Context
	stop    context.CancelFunc
	work    sync.WaitGroup
	servers []*http.Server
	lines   []net.Listener
}

// policies is one line a wallet.
func policies() map[book.Wallet]book.Policy {
	return map[book.Wallet]book.Policy{
		book.WeChat:   wechat.Policy(),
		book.Alipay:   alipay.Policy(),
		book.UnionPay: unionpay.Policy(),
	}
}

// providers is one line a wallet.
func openProviders(desk func(book.Wallet) wallet.Desk) (map[book.Wallet]wallet.Provider, error) {
	out := map[book.Wallet]wallet.Provider{}
	for name, open := range map[book.Wallet]func(wallet.Desk) (wallet.Provider, error){
		book.WeChat:   func(d wallet.Desk) (wallet.Provider, error) { return wechat.Open(d) },
		book.Alipay:   func(d wallet.Desk) (wallet.Provider, error) { return alipay.Open(d) },
		book.UnionPay: func(d wallet.Desk) (wallet.Provider, error) { return unionpay.Open(d) },
	} {
		p, err := open(desk(name))
		if err != nil {
			return nil, err
		}
		out[name] = p
	}
	return out, nil
}

// Open makes or reloads the keys and the book under Dir, listens everywhere,
// writes credentials.json, and goes on with what was due.
func Open(o Options) (*Street, error) {
	s, err := newStreet(o)
	if err != nil {
		return nil, err
	}
	if err := s.listen(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.work.Go(s.deliverAll)
	s.log.Info("sandbox is open", "url", s.url)
	return s, nil
}

func newStreet(o Options) (*Street, error) {
	host, portText, err := net.SplitHostPort(o.Addr)
	port, perr := strconv.Atoi(portText)
	if err != nil || perr != nil || !loopback(host) {
		return nil, fmt.Errorf("sandbox: %q is not a loopback address with a port", o.Addr)
	}
	if o.Now == nil || o.Rand == nil || o.Speed < 0 {
		return nil, errors.New("sandbox: Now and Rand must be given, Speed must not be negative")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Speed == 0 {
		o.Speed = 1
	}
	random := &lockedReader{from: o.Rand}
	var seed [8]byte
	if _, err := io.ReadFull(random, seed[:]); err != nil {
		return nil, fmt.Errorf("sandbox: no randomness: %w", err)
	}
	b, err := book.Open(book.Options{
		Path: filepath.Join(o.Dir, "journal.jsonl"), Now: o.Now, Rand: random, Speed: o.Speed, Policies: policies(),
	})
	if err != nil {
		return nil, err
	}
	s := &Street{
		dir: o.Dir, log: o.Log, now: o.Now, book: b, host: host, port: port, walletPorts: map[string]bool{}, random: random,
		faults: fault.New(fault.Options{Seed: binary.BigEndian.Uint64(seed[:]), Delay: b.Delay(2 * time.Second)}),
	}
	s.spoiler = newSpoiler(b, s.faults)
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.providers, err = openProviders(func(w book.Wallet) wallet.Desk {
		return wallet.Desk{Dir: filepath.Join(o.Dir, string(w)), Book: b, Faults: s.faults, Now: o.Now, Rand: random,
			BillReady: s.spoiler.ready(w), SpoilBill: s.spoiler.spoil(w)}
	})
	if err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return s, nil
}

// listen opens every door and writes credentials.json.
func (s *Street) listen() error {
	err := s.openPrinter()
	if err != nil {
		return err
	}
	l, err := s.line(0)
	if err != nil {
		return err
	}
	s.url = "http://" + l.Addr().String()
	all := map[string]any{"sandbox": map[string]string{"url": s.url}, "printer": map[string]string{"addr": s.printer.Addr()}}
	for name, p := range s.providers {
		urls, err := s.walletDoors(p)
		if err != nil {
			return err
		}
		all[string(name)] = p.Credentials(urls)
		if more, ok := p.(wallet.Further); ok {
			maps.Copy(all, more.MoreCredentials(urls))
		}
	}
	if s.window, err = s.openWindow(); err != nil {
		return err
	}
	all["window"] = map[string]string{"url": s.window}
	// Last: from now on everything is known that the control needs.
	s.serve(l, nil, s.routes())
	return writeCredentials(filepath.Join(s.dir, "credentials.json"), all)
}

// walletDoors opens a wallet's doors and returns their addresses.
func (s *Street) walletDoors(p wallet.Provider) ([]string, error) {
	var urls []string
	for _, d := range p.Doors() {
		at, err := s.door(d.Offset, d.TLS, d.Handler)
		if err != nil {
			return nil, err
		}
		_, port, err := net.SplitHostPort(at)
		if err != nil {
			return nil, err
		}
		s.walletPorts[port] = true
		if d.TLS != nil {
			at = "https://" + at
		} else {
			at = "http://" + at
		}
		urls = append(urls, at)
	}
	return urls, nil
}

// line listens at the street's port plus offset, or at a free one.
func (s *Street) line(offset int) (net.Listener, error) {
	port := 0
	if s.port != 0 {
		port = s.port + offset
	}
	l, err := net.Listen("tcp", net.JoinHostPort(s.host, strconv.Itoa(port)))
	if err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	s.lines = append(s.lines, l)
	return l, nil
}

// door serves h at an offset and returns host and port.
func (s *Street) door(offset int, secure *tls.Config, h http.Handler) (string, error) {
	l, err := s.line(offset)
	if err != nil {
		return "", err
	}
	s.serve(l, secure, h)
	return l.Addr().String(), nil
}

// serve answers on a line until the street closes.
func (s *Street) serve(l net.Listener, secure *tls.Config, h http.Handler) {
	at := l.Addr().String()
	if secure != nil {
		l = tls.NewListener(l, secure)
	}
	server := &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10,
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
		// Calls that are being held end when the street closes.
		BaseContext: func(net.Listener) context.Context { return s.ctx },
	}
	s.servers = append(s.servers, server)
	s.work.Go(func() {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("sandbox door closed", "at", at, "error", err)
		}
	})
}

// Close stops listening, ends every call and delivery under way, and closes the
// book.
func (s *Street) Close() error {
	s.stop()
	s.faults.Close()
	patience, done := context.WithTimeout(context.Background(), 2*time.Second)
	defer done()
	var errs []error
	if s.printer != nil {
		errs = append(errs, s.printer.Close())
	}
	for _, server := range s.servers {
		if server.Shutdown(patience) != nil {
			errs = append(errs, server.Close())
		}
	}
	for _, l := range s.lines {
		if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	s.work.Wait()
	return errors.Join(append(errs, s.book.Close())...)
}

// URL is the address of the control, "http://127.0.0.1:8090".
func (s *Street) URL() string { return s.url }

// Book is the judge.
func (s *Street) Book() *book.Book { return s.book }

// Faults are the rules that stand.
func (s *Street) Faults() *fault.Set { return s.faults }

// lockedReader lets many draw from one source that may not be safe for it.
type lockedReader struct {
	mu   sync.Mutex
	from io.Reader
}

func (l *lockedReader) Read(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.from.Read(p)
}
