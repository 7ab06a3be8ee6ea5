package pay_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"guitai"
	"guitai/channel"
	"guitai/pay"
	"guitai/qr"
)

// refreshEvery is how old a node's sums of the day may be.
const refreshEvery = 2 * time.Minute

// The rules of the shop: one counts a day, one a pace.
const (
	tillDayFen = 250_000
	paceMost   = 2
	paceWithin = 3 * time.Minute
)

func hourRules() []guitai.Rule {
	return []guitai.Rule{
		{ID: "day", Name: "日限额", Deed: guitai.DeedPayment, Till: "til-2", DayMost: guitai.Fen(tillDayFen), Per: guitai.PerTill, Then: guitai.Refuse},
		{ID: "pace", Name: "频率", Deed: guitai.DeedPayment, Within: paceWithin, InCount: paceMost, Per: guitai.PerMerchant, Then: guitai.Refuse},
	}
}

// asks notes which life of a node was asked to take a payment.
func (h *hour) asks(id guitai.PaymentID, l *life) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.takers[id] = append(h.takers[id], l.name)
}

// phone is a payer who opens our own code in one wallet, perhaps presses twice,
// perhaps tries another wallet. Somebody else may do the same beside.
func (h *hour) phone(p guitai.Payment, r *rand.Rand) {
	token, err := qr.ParseToken(p.Offer.Token)
	if err != nil {
		h.t.Errorf("seed %d: token of %s: %v", h.seed, p.ID, err)
	}
	acc := accounts()[r.IntN(3)]
	for range 1 + r.IntN(6) {
		time.Sleep(time.Duration(1 + r.Int64N(int64(15*time.Second))))
		if r.Float64() < 0.2 {
			acc = accounts()[r.IntN(3)]
		}
		o := pay.OpenRequest{Token: token, Wallet: h.fakes[acc].Wallet()}
		if r.Float64() < 0.5 {
			o.Payer = pay.Payer{Account: acc, Name: fmt.Sprint("payer", r.IntN(3))}
		}
		l := h.reach(r.IntN(2))
		if l == nil {
			continue
		}
		got, err := l.sw.Open(context.Background(), o)
		h.log("open %s in %s at %s: %s %v", p.ID, acc, l.name, got.Do, err)
		if l.dead.Load() {
			continue
		}
		switch {
		case err == nil:
			h.onePayable(got.Payment)
		case guitai.Conflict.Is(err), guitai.Unavailable.Is(err), guitai.Unknown.Is(err), errors.Is(err, errDown):
		default:
			h.t.Errorf("seed %d: open %s: %v", h.seed, p.ID, err)
		}
	}
}

// onePayable checks that at most one order of a payment can be paid.
func (h *hour) onePayable(p guitai.Payment) {
	open := h.open(p)
	h.mu.Lock()
	defer h.mu.Unlock()
	open = slices.DeleteFunc(open, func(no string) bool { return h.lied[no] })
	if len(open) > 1 {
		h.t.Errorf("seed %d: %s can be paid through %v", h.seed, p.ID, open)
	}
}

// crossed marks a notice that another account of ours signed.
const crossed = "Crossed"

// cheat sends notices that are signed well, by an account that has nothing to
// do with the order: they prove nothing.
func (h *hour) cheat(r *rand.Rand) {
	for time.Now().Before(h.closes) {
		time.Sleep(time.Second + time.Duration(r.Int64N(int64(3*time.Minute))))
		l := h.reach(r.IntN(2))
		if l == nil {
			continue
		}
		list, err := l.sw.List(context.Background(), pay.Filter{Merchant: merchant, Limit: 5})
		if err != nil || len(list) == 0 {
			continue
		}
		p := list[r.IntN(len(list))]
		if len(p.Attempts) == 0 {
			continue
		}
		a := p.Attempts[len(p.Attempts)-1]
		all := accounts()
		other := all[(slices.Index(all, a.Account)+1+r.IntN(len(all)-1))%len(all)]
		n := channel.RawNotice{Header: map[string][]string{crossed: {a.OrderNo, strconv.FormatInt(p.Amount.Fen, 10)}}}
		_, err = l.sw.Notice(context.Background(), other, n)
		h.log("%s cheats about %s: %v", other, a.OrderNo, err)
		if err == nil {
			h.t.Errorf("seed %d: %s was believed about order %s of %s", h.seed, other, a.OrderNo, a.Account)
		}
	}
}

// ReadNotice believes what cheat sends: the account's own key signed it.
func (l *line) ReadNotice(raw channel.RawNotice) (channel.Notice, error) {
	said := raw.Header[crossed]
	if len(said) != 2 {
		return l.Fake.ReadNotice(raw)
	}
	fen, err := strconv.ParseInt(said[1], 10, 64)
	return channel.Notice{OrderNo: said[0], Answer: channel.Answer{Outcome: channel.Paid, Amount: guitai.Fen(fen)}}, err
}

// bills compares the wallets' lists of movements with ours, line by line, as
// the next day's bills would have us do.
func (v *verdict) bills() {
	ours := map[string]int64{} // a movement that we know of → fen
	for _, w := range v.whole {
		for _, a := range w.Payment.Attempts {
			if a.State == guitai.AttemptPaid {
				ours["payment "+a.OrderNo] = a.Charged.Fen
			}
		}
		for _, r := range w.Refunds {
			if r.State == guitai.RefundDone {
				ours["refund "+r.RefundNo] = -r.Amount.Fen
			}
		}
	}
	for no, b := range v.books {
		var reversed int64
		for _, m := range b.Backs {
			if m.Why == "reversal" {
				reversed += m.Fen
				continue
			}
			v.line(ours, m.Why, -m.Fen)
		}
		for _, m := range b.Charges {
			if reversed == m.Fen {
				reversed = 0 // taken and undone: nothing of it stands in our books
				continue
			}
			v.line(ours, "payment "+no, m.Fen)
		}
		if reversed != 0 {
			v.wrong("the wallet reversed %d of order %s, which it had not charged", reversed, no)
		}
	}
	for what, fen := range ours {
		v.wrong("our books have %s over %d; the wallets' bills have not", what, fen)
	}
}

// line takes one line of a bill off our own.
func (v *verdict) line(ours map[string]int64, what string, fen int64) {
	if got, ok := ours[what]; !ok || got != fen {
		v.wrong("the wallet's bill has %s over %d; ours has %d (%t)", what, fen, got, ok)
	}
	delete(ours, what)
}

// limits checks what the rules let pass. A payment that was paid in the end
// counted from its beginning on; one whose money came late may not have.
func (v *verdict) limits() {
	type taken struct {
		guitai.Payment
		life string
	}
	var list []taken
	for _, w := range v.whole {
		// What a wallet refused at once is taken back from the count, and it may
		// take money for it yet.
		if w.Payment.State != guitai.PaymentFailed && len(w.Suspense) == 0 {
			t := taken{Payment: w.Payment}
			if by := v.takers[t.ID]; len(by) == 1 {
				t.life = by[0]
			}
			list = append(list, t)
		}
	}
	for _, p := range list {
		var day int64
		var recent int
		for _, q := range list {
			switch before := p.CreatedAt.Sub(q.CreatedAt); {
			case q.Till == p.Till && q.State == guitai.PaymentPaid && before > refreshEvery+2*skewLimit:
				day += q.Amount.Fen
			case before <= 0 || q.ID == p.ID:
				continue
			}
			if before := p.CreatedAt.Sub(q.CreatedAt); before > 0 && before < paceWithin && q.life == p.life && p.life != "" {
				recent++
			}
		}
		if p.Till == "til-2" && day+p.Amount.Fen > tillDayFen {
			v.wrong("%s over %d passed a day's limit of %d: %d were known before", p.ID, p.Amount.Fen, int64(tillDayFen), day)
		}
		if recent >= paceMost {
			v.wrong("%s passed the rule of %d in %v", p.ID, paceMost, paceWithin)
		}
	}
}
