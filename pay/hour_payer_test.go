package pay_test

import (
	"context"
	"fmt"
	"slices"
	"time"

	"guitai"
	"guitai/pay"
	"guitai/qr"
)

// crowd sends payers to a code for all wallets: mostly one, sometimes two with
// their own phones, in any wallet and at any time.
func (h *hour) crowd(p guitai.Payment) {
	r := h.stream("crowd " + string(p.ID))
	for n := range 1 + r.IntN(2) + r.IntN(2) {
		h.payers.Go(func() { h.payer(p, n) })
	}
}

// payer presses the button of the pay page until there is an order or nothing to
// begin. Answers get lost, and some payers change their wallet.
func (h *hour) payer(p guitai.Payment, n int) {
	r := h.stream(fmt.Sprint("payer ", p.ID, n))
	token, err := qr.ParseToken(p.Offer.Token)
	if err != nil {
		h.t.Errorf("seed %d: %s has no code: %v", h.seed, p.ID, err)
		return
	}
	acc := []guitai.AccountID{accountW, accountA}[r.IntN(2)]
	name := fmt.Sprint("payer", r.IntN(3))
	time.Sleep(time.Duration(r.Int64N(int64(30 * time.Second))))
	for range 25 {
		time.Sleep(2*time.Second + time.Duration(r.Int64N(int64(time.Second))))
		at, lost, changes := r.IntN(2), r.Float64() < h.chance.lost, r.Float64() < 0.2
		l := h.reach(at)
		if l == nil {
			continue
		}
		open := pay.OpenRequest{Token: token, Wallet: h.fakes[acc].Wallet()}
		if n != 1 { // the second payer's app does not say who it is
			open.Payer = pay.Payer{Account: acc, Name: name}
		}
		o, err := l.sw.Open(context.Background(), open)
		h.log("%s of %s at %s: %s %v", name, p.ID, l.name, o.Do, err)
		switch {
		case l.dead.Load() || lost || guitai.Unavailable.Is(err) || guitai.Unknown.Is(err):
			continue
		case err != nil:
			h.t.Errorf("seed %d: open %s: %v", h.seed, p.ID, err)
			return
		}
		h.oneOrder(o.Payment)
		if o.Do == pay.OpenOver || o.Do == pay.OpenReady && !changes {
			return
		}
		if o.Do != pay.OpenWait && changes {
			acc = []guitai.AccountID{accountW, accountA}[r.IntN(2)]
		}
	}
}

// oneOrder fails when two orders of a payment can be paid at one instant, by the
// wallets' own books. What a wallet only said it had closed is its own affair,
// and an order whose code never came back to us can be paid by nobody.
func (h *hour) oneOrder(p guitai.Payment) {
	var open []string
	for _, f := range h.fakes {
		for _, r := range f.Records() {
			mine := func(a guitai.Attempt) bool { return a.OrderNo == r.OrderNo && a.Code != "" }
			if r.Open && slices.ContainsFunc(p.Attempts, mine) {
				open = append(open, r.OrderNo)
			}
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	open = slices.DeleteFunc(open, func(no string) bool { return h.lied[no] })
	if len(open) > 1 {
		h.t.Errorf("seed %d: %s can be paid by %v at once", h.seed, p.ID, open)
	}
}

// offers counts what became of the codes for all wallets.
func (s *tally) offers(p guitai.Payment) {
	if p.Offer.State == guitai.OfferNone {
		return
	}
	s.offered++
	s.again += max(0, len(p.Attempts)-1)
	if p.State == guitai.PaymentPaid {
		s.opened++
	}
}
