package book

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

// Options says where the book lives and what it is given from outside.
type Options struct {
	Path     string           // of the journal
	Now      func() time.Time // the clock
	Rand     io.Reader        // codes and numbers; unpredictable outside tests
	Speed    float64          // divides delays, never shifts the clock; 0 = 1
	ActDelay time.Duration    // how long a payer who acts by itself takes; 0 = 3 s
	Policies map[Wallet]Policy
}

// Book is the judge. All its methods may be called at once.
type Book struct {
	now      func() time.Time
	rand     io.Reader
	speed    float64
	actDelay time.Duration
	policies map[Wallet]Policy
	journal  *journal
	wake     chan struct{}

	mu      sync.Mutex
	orders  map[orderKey]Order
	numbers map[string]orderKey // the wallet's numbers
	shown   map[string]orderKey // codes on display that still work
	refunds map[refundKey]orderKey
	codes   map[string]PayerCode // by hash
	payers  map[string]Payer
	notices map[string]Notice
	days    map[string]time.Time  // ended by hand, and up to when
	busy    map[orderKey]struct{} // orders with something due
	owed    map[string]struct{}   // notices not yet ended
}

type refundKey struct {
	wallet   Wallet
	orderNo  string // empty where refund numbers are the merchant's
	refundNo string
}

// Open reads the journal, or begins one with the seeded payers.
func Open(o Options) (*Book, error) {
	if o.Now == nil || o.Rand == nil || len(o.Policies) == 0 {
		return nil, errors.New("book: Now, Rand and Policies must be given")
	}
	if o.Speed == 0 {
		o.Speed = 1
	}
	if o.ActDelay == 0 {
		o.ActDelay = 3 * time.Second
	}
	b := &Book{
		now: o.Now, rand: o.Rand, speed: o.Speed, actDelay: o.ActDelay, policies: o.Policies,
		wake:   make(chan struct{}, 1),
		orders: map[orderKey]Order{}, numbers: map[string]orderKey{}, shown: map[string]orderKey{},
		refunds: map[refundKey]orderKey{}, codes: map[string]PayerCode{}, payers: map[string]Payer{},
		notices: map[string]Notice{}, days: map[string]time.Time{}, busy: map[orderKey]struct{}{}, owed: map[string]struct{}{},
	}
	j, err := openJournal(o.Path, b.apply)
	if err != nil {
		return nil, fmt.Errorf("book: %w", err)
	}
	b.journal = j
	err = b.do("open", func(t *tx) error {
		for w := range o.Policies {
			for _, p := range seedPayers(w) {
				if _, ok := b.payers[p.ID]; !ok {
					t.putPayer(p)
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, errors.Join(err, j.close())
	}
	return b, nil
}

// Close ends the journal. Later calls fail.
func (b *Book) Close() error { return b.journal.close() }

// Wake is signalled whenever something new may be due.
func (b *Book) Wake() <-chan struct{} { return b.wake }

// Delay divides a pause by the book's speed.
func (b *Book) Delay(d time.Duration) time.Duration {
	return time.Duration(float64(d) / b.speed)
}

// line is one change as the journal keeps it: the new values of all it touched.
type line struct {
	At      time.Time   `json:"at"`
	Why     string      `json:"why"`
	Orders  []Order     `json:"orders,omitempty"`
	Payers  []Payer     `json:"payers,omitempty"`
	Codes   []PayerCode `json:"codes,omitempty"`
	Notices []Notice    `json:"notices,omitempty"`
	Days    []DayEnd    `json:"days,omitempty"`
}

func (l *line) empty() bool {
	return len(l.Orders)+len(l.Payers)+len(l.Codes)+len(l.Notices)+len(l.Days) == 0
}

// tx gathers one change. What it was given to put is read back by it, and by
// nobody else before the end.
type tx struct {
	book *Book
	now  time.Time
	line line
}

// do runs f alone, keeps what it put, and returns only when all that f may have
// read or written is on disk: nobody learns of a change that a kill could undo.
// A Refusal keeps what f put (a used-up code stays used); any other error drops it.
func (b *Book) do(why string, f func(*tx) error) error {
	b.mu.Lock()
	t := &tx{book: b, now: b.now()}
	err := f(t)
	var refused Refusal
	if err != nil && !errors.As(err, &refused) {
		b.mu.Unlock()
		return err
	}
	if !t.line.empty() {
		t.line.At, t.line.Why = t.now, why
		if jerr := b.journal.add(&t.line); jerr != nil {
			b.mu.Unlock()
			return jerr
		}
		b.apply(&t.line)
		select {
		case b.wake <- struct{}{}:
		default:
		}
	}
	mark := b.journal.mark()
	b.mu.Unlock()
	if jerr := b.journal.wait(mark); jerr != nil {
		return jerr
	}
	return err
}

// apply puts the values of a line in their places, in a change as in replay.
func (b *Book) apply(l *line) {
	for _, o := range l.Orders {
		k := orderKey{o.Wallet, o.OrderNo}
		if old, ok := b.orders[k]; ok && old.Code != "" {
			delete(b.shown, old.Code)
		}
		b.orders[k] = o
		b.numbers[o.Number] = k
		if o.Code != "" {
			b.shown[o.Code] = k
		}
		delete(b.busy, k)
		if !o.NextAt.IsZero() {
			b.busy[k] = struct{}{}
		}
		for _, r := range o.Refunds {
			b.refunds[b.refundKey(o.Ref(), r.RefundNo)] = k
			if r.State == RefundProcessing {
				b.busy[k] = struct{}{}
			}
		}
	}
	for _, p := range l.Payers {
		b.payers[p.ID] = p
	}
	for _, c := range l.Codes {
		c.Text = ""
		b.codes[c.Hash] = c
	}
	for _, d := range l.Days {
		b.days[d.Day] = d.Cut
	}
	for _, n := range l.Notices {
		b.notices[n.ID] = n
		delete(b.owed, n.ID)
		if n.State == NoticeDue {
			b.owed[n.ID] = struct{}{}
		}
	}
}

func (b *Book) refundKey(ref Ref, refundNo string) refundKey {
	k := refundKey{wallet: ref.Wallet, refundNo: refundNo}
	if b.policies[ref.Wallet].RefundNoPerOrder {
		k.orderNo = ref.OrderNo
	}
	return k
}

// full says that a change should end here and the work go on in another, or its
// line grows beyond what the journal reads back.
func (t *tx) full() bool { return len(t.line.Orders)+len(t.line.Notices) >= 50 }

// find returns a private copy of an order, as this change has left it.
func (t *tx) find(ref Ref) (Order, error) {
	k := orderKey{ref.Wallet, ref.OrderNo}
	if ref.OrderNo == "" {
		k = t.book.numbers[ref.Number]
	}
	for i := len(t.line.Orders) - 1; i >= 0; i-- {
		if o := t.line.Orders[i]; o.Wallet == k.wallet && o.OrderNo == k.orderNo {
			return o.clone(), nil
		}
	}
	o, ok := t.book.orders[k]
	if !ok || k.wallet != ref.Wallet {
		return Order{}, OrderUnknown
	}
	return o.clone(), nil
}

// payer returns a payer as this change has left it; an empty id is the
// wallet's first seeded payer.
func (t *tx) payer(w Wallet, id string) (Payer, error) {
	if id == "" {
		id = seedPayers(w)[0].ID
	}
	for i := len(t.line.Payers) - 1; i >= 0; i-- {
		if t.line.Payers[i].ID == id {
			return t.line.Payers[i], nil
		}
	}
	p, ok := t.book.payers[id]
	if !ok || p.Wallet != w {
		return Payer{}, PayerUnknown
	}
	return p, nil
}

func (t *tx) put(o Order)         { t.line.Orders = append(t.line.Orders, o.clone()) }
func (t *tx) putPayer(p Payer)    { t.line.Payers = append(t.line.Payers, p) }
func (t *tx) putCode(c PayerCode) { t.line.Codes = append(t.line.Codes, c) }
func (t *tx) putNotice(n Notice)  { t.line.Notices = append(t.line.Notices, n) }

// number draws from 0 to below n; digits draws that many decimal digits.
func (t *tx) number(n int) (int, error) {
	var raw [8]byte
	if _, err := io.ReadFull(t.book.rand, raw[:]); err != nil {
		return 0, fmt.Errorf("book: no randomness: %w", err)
	}
	return int(binary.BigEndian.Uint64(raw[:]) % uint64(n)), nil
}

func (t *tx) digits(n int) (string, error) {
	raw := make([]byte, 2*n)
	if _, err := io.ReadFull(t.book.rand, raw); err != nil {
		return "", fmt.Errorf("book: no randomness: %w", err)
	}
	out := make([]byte, n)
	for i := range out {
		out[i] = '0' + byte(binary.BigEndian.Uint16(raw[2*i:])%10)
	}
	return string(out), nil
}

// day is written as the wallets count days: in Beijing.
func day(t time.Time) string { return t.In(Beijing()).Format("20060102") }
