package channeltest

import (
	"errors"
	"fmt"
	"time"

	"guitai"
)

// payer is a payer who shows a payment code.
type payer struct {
	behaviour Behaviour
	used      bool
}

// PayerCode makes a payment code (18 digits, 19 at UnionPay) of a payer who behaves like that:
// Pays, Types, Cancels, Ignores, Poor or AtEnd. The empty behaviour is drawn
// from Payers.Codes.
func (f *Fake) PayerCode(b Behaviour) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := len(f.codes) + 1
	if b == "" {
		b = draw(f.stream(fmt.Sprintf("payer/%d", n)), f.opt.Payers.Codes)
	}
	code := fmt.Sprintf("13%016d", n)
	switch f.opt.Wallet {
	case guitai.Alipay:
		code = fmt.Sprintf("28%016d", n)
	case guitai.UnionPay:
		code = fmt.Sprintf("62%017d", n)
	}
	f.codes[code] = &payer{behaviour: b}
	return code
}

// Accept makes a payer's code known that another account of the same wallet
// made: f is that wallet, asked through a second account.
func (f *Fake) Accept(code string, first *Fake) {
	first.mu.Lock()
	who := payer{behaviour: first.codes[code].behaviour}
	first.mu.Unlock()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.codes[code] = &who // a double charge must be able to happen
}

var (
	errNoCode   = errors.New("fake: no such code")
	errNotOpen  = errors.New("fake: the order is not open")
	errNotYours = errors.New("fake: the order is another payer's")
)

// Pay lets a payer scan a shown code and pay at once.
func (f *Fake) Pay(code string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	o := f.orders[f.shown[code]]
	if o == nil || o.only != "" {
		return errNoCode
	}
	return f.settle(o)
}

// settle lets the payer of an open order pay. The lock is held.
func (f *Fake) settle(o *order) error {
	lapsed := o.kind == guitai.Show && !f.opt.Now().Before(o.expires)
	if o.state != unscanned && o.state != unpaid || lapsed {
		return errNotOpen
	}
	f.take(o)
	return nil
}

// password is what happens to an order that waits for one. The lock is held.
func (f *Fake) password(o *order, p plan) {
	soon := between(p.rand, time.Second, f.opt.Payers.Within)
	switch o.payer {
	case Types:
		f.later(soon, func() { f.attempt(o) })
	case Cancels:
		f.later(soon, func() {
			if o.state == unpaid {
				o.state, o.reason = refusedOnce, guitai.CodePayerCancelled
				f.trace("cancelled " + o.no)
			}
		})
	}
	f.later(f.opt.PasswordLife, func() {
		if o.state == unpaid {
			o.state = ended
			f.trace("lapsed " + o.no)
		}
	})
}

// attempt is a payer who tries to pay, perhaps too late. The lock is held.
func (f *Fake) attempt(o *order) {
	if err := f.settle(o); err != nil {
		f.trace("payer too late " + o.no)
	}
}

// scanLater sends a payer to a code that was really shown. The lock is held.
func (f *Fake) scanLater(code string) {
	o := f.orders[f.shown[code]]
	if o == nil || len(f.opt.Payers.Shown) == 0 || o.payer != "" {
		return
	}
	r := f.stream("shown/" + o.no)
	o.payer = draw(r, f.opt.Payers.Shown)
	first, second := between(r, time.Second, f.opt.Payers.Within), between(r, time.Second, f.opt.Payers.Within)
	switch o.payer {
	case Pays:
		f.later(first, func() { f.attempt(o) })
	case Dawdles:
		f.later(first, func() {
			if o.state != unscanned || !f.opt.Now().Before(o.expires) {
				return
			}
			o.state = unpaid
			f.trace("scanned " + o.no)
			f.later(second, func() { f.attempt(o) })
		})
	}
}
