package pay_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"guitai"
	"guitai/channel/channeltest"
	"guitai/ledger"
	"guitai/pay"
	"guitai/store"
)

// tally is what happened in one hour or in many, so that nobody takes an hour
// in which nothing went wrong for a proof.
type tally struct {
	hash                                            string
	payments, paid, failed, closed                  int
	refunds, stuck, reversed, late, attached, given int
	kept, odd, offered, diverted, refused           int
}

func (s *tally) add(o tally) {
	s.payments, s.paid, s.failed, s.closed = s.payments+o.payments, s.paid+o.paid, s.failed+o.failed, s.closed+o.closed
	s.refunds, s.stuck, s.reversed, s.late = s.refunds+o.refunds, s.stuck+o.stuck, s.reversed+o.reversed, s.late+o.late
	s.attached, s.given, s.kept, s.odd = s.attached+o.attached, s.given+o.given, s.kept+o.kept, s.odd+o.odd
	s.offered, s.diverted, s.refused = s.offered+o.offered, s.diverted+o.diverted, s.refused+o.refused
}

func (s tally) String() string {
	return fmt.Sprintf("%d payments (%d paid, %d failed, %d closed), %d charges reversed, %d refunds (%d stuck), %d in suspense (%d attached, %d given back, %d kept), %d charged oddly, %d orders by our own code, %d at a second account, %d refused by a rule",
		s.payments, s.paid, s.failed, s.closed, s.reversed, s.refunds, s.stuck, s.late, s.attached, s.given, s.kept, s.odd, s.offered, s.diverted, s.refused)
}

// wantSpread fails unless the hours together went everywhere.
func (s tally) wantSpread(t *testing.T) {
	for what, n := range map[string]int{"paid": s.paid, "failed": s.failed, "closed": s.closed, "charges reversed": s.reversed,
		"refunds": s.refunds, "stuck refunds": s.stuck, "suspense": s.late, "attached": s.attached, "given back": s.given,
		"kept": s.kept, "odd": s.odd, "offered": s.offered, "second account": s.diverted, "rules": s.refused} {
		if n == 0 {
			t.Errorf("in all these hours there was nothing under %q: they prove too little", what)
		}
	}
}

// listen reads the numbered news now and then, at either node, and checks that
// each is true when it is told, and that no number is missing.
func (h *hour) listen(r *rand.Rand) {
	var seen int64
	for time.Now().Before(h.closes) {
		time.Sleep(10*time.Second + time.Duration(r.Int64N(int64(50*time.Second))))
		l := h.reach(r.IntN(2))
		if l == nil {
			continue
		}
		list, err := l.sw.News(context.Background(), merchant, seen, 1000)
		if err != nil && !l.dead.Load() {
			h.t.Errorf("seed %d: news: %v", h.seed, err)
		}
		for _, n := range list {
			if n.N != seen+1 {
				h.t.Errorf("seed %d: news %d comes after %d", h.seed, n.N, seen)
			}
			seen = n.N
			if n.Topic != guitai.PaymentTopic(guitai.PaymentPaid) {
				continue
			}
			if p, err := l.sw.Get(context.Background(), merchant, n.Payment); err != nil || p.State != guitai.PaymentPaid {
				h.t.Errorf("seed %d: news says paid of %s, which is %s (%v)", h.seed, n.Payment, p.State, err)
			}
		}
	}
}

// verdict is what the judge reads when all is quiet.
type verdict struct {
	*hour
	sw     *pay.Switch
	books  map[string]channeltest.Record
	whole  []pay.Whole
	owed   map[string]int64 // by account of the ledger: what the judge's book makes it
	claims map[string]bool  // orders that a payment of ours stands behind
}

// judge compares the wallets' own book with ours and with what the tills were
// told, then lets the hour end.
func (h *hour) judge() {
	for _, n := range h.nodes {
		if n.alive() == nil {
			n.start()
		}
	}
	l := h.nodes[0].alive()
	v := &verdict{hour: h, sw: l.sw, books: map[string]channeltest.Record{}, owed: map[string]int64{}, claims: map[string]bool{}}
	for acc, f := range h.fakes {
		for _, r := range f.Records() {
			v.books[r.OrderNo] = r
		}
		for _, c := range f.Complaints() {
			v.wrong("%s complains: %s", acc, c)
		}
	}
	list, err := l.sw.List(context.Background(), pay.Filter{Merchant: merchant, Limit: 10000})
	if err != nil {
		v.wrong("list: %v", err)
	}
	for _, p := range list {
		w, err := l.sw.GetWhole(context.Background(), merchant, p.ID)
		if err != nil {
			v.wrong("get %s: %v", p.ID, err)
		}
		v.whole = append(v.whole, w)
		v.payment(w)
		h.log("end: %s %s %s refunded %d held %d", p.ID, p.State, p.Reason, w.Payment.Refunded, w.Payment.RefundHeld)
	}
	for no, b := range v.books {
		if !v.claims[no] && len(b.Charges) > 0 {
			v.wrong("the wallet charged order %s, and nobody here knows it", no)
		}
	}
	v.bills()
	v.limits()
	v.ledger()
	v.news()
	v.quiet(l.st)
	for _, n := range h.nodes {
		lives := n.alive()
		n.kill()
		if lives != nil {
			lives.work.Wait()
		}
	}
	for _, f := range h.fakes {
		f.Close()
	}
	v.secrets()
}

func (v *verdict) wrong(format string, args ...any) {
	v.t.Errorf("seed %d: "+format, append([]any{v.seed}, args...)...)
}

// payment judges one payment with all its money.
func (v *verdict) payment(w pay.Whole) {
	p := w.Payment
	v.sum.payments++
	switch p.State {
	case guitai.PaymentPaid:
		v.sum.paid++
	case guitai.PaymentFailed:
		v.sum.failed++
	case guitai.PaymentClosed:
		v.sum.closed++
	default:
		v.wrong("%s has not ended: %s, attempt %+v", p.ID, p.State, p.Attempts)
	}
	if (p.Booked() != nil) != (p.State == guitai.PaymentPaid) {
		v.wrong("%s is %s, and an attempt booked: %t", p.ID, p.State, p.Booked() != nil)
	}
	var booked, attached int
	for _, a := range p.Attempts {
		v.claims[a.OrderNo] = true
		if a.Booked {
			booked++
		}
		v.order(w, a)
		if a.Account == accountV {
			v.sum.diverted++
		}
		if p.Offer.Token != "" {
			v.sum.offered++
		}
	}
	if booked > 1 {
		v.wrong("%s has %d attempts booked", p.ID, booked)
	}
	for _, s := range w.Suspense {
		if s.State == guitai.SuspenseAttached {
			attached++
		}
	}
	v.refunds(w)
	for i, s := range v.told[p.ID] {
		switch {
		case s == guitai.PaymentPaid && p.State != guitai.PaymentPaid:
			v.wrong("the till was told that %s is paid; it is %s", p.ID, p.State)
		case s.Final() && s != guitai.PaymentPaid && p.State == guitai.PaymentPaid && attached == 0:
			v.wrong("the till was told that %s is %s (answer %d); it is paid", p.ID, s, i)
		}
	}
}

// order compares one order with the wallet's book: what the payer was charged
// and has not got back is what we hold for the payer, and no more.
func (v *verdict) order(w pay.Whole, a guitai.Attempt) {
	p, b := w.Payment, v.books[a.OrderNo]
	var charged, back, held int64
	for _, m := range b.Charges {
		charged += m.Fen
	}
	for _, m := range b.Backs {
		back += m.Fen
		if m.Why == "reversal" {
			v.sum.reversed++
		}
	}
	if len(b.Charges) > 1 {
		v.wrong("%s: order %s was charged %d times", p.ID, a.OrderNo, len(b.Charges))
	}
	if a.Booked {
		held += p.Amount.Fen - p.Refunded
	}
	for _, s := range w.Suspense {
		if s.Attempt == a.N && (s.State == guitai.SuspenseOpen || s.State == guitai.SuspenseReturning) {
			held += s.Amount.Fen
			v.owed[string(ledger.Suspense)] -= s.Amount.Fen
		}
		if s.Attempt == a.N && s.State == guitai.SuspenseKept {
			held += s.Amount.Fen
			v.owed[string(ledger.Investigation)] -= s.Amount.Fen
		}
	}
	if charged-back != held {
		v.wrong("%s (%s, attempt %s %s): the payer was charged %d, got %d back, and our book holds %d", p.ID, p.State, a.State, a.Ending, charged, back, held)
	}
	if b.Open {
		v.wrong("%s is %s, but order %s can still be paid", p.ID, p.State, a.OrderNo)
	}
	left := guitai.Fen(charged - back)
	fee := (left.Fen*feeRate + 50_000) / 100_000 // half up; not the ledger's own sum
	v.owed[string(ledger.Receivable(a.Account))] += left.Fen - fee
	v.owed[string(ledger.Fees)] += fee
	if a.Booked {
		v.owed[string(ledger.Sales)] -= p.Amount.Fen
		v.owed[string(ledger.Refunds)] += p.Refunded
	}
}

// refunds judges the refunds of one payment and its money in suspense.
func (v *verdict) refunds(w pay.Whole) {
	p := w.Payment
	var done, held int64
	stuck, givenBack := map[guitai.RefundID]bool{}, map[guitai.SuspenseID]int{}
	for _, r := range w.Refunds {
		v.sum.refunds++
		if r.WalletCode == "exceeds" || r.WalletCode == "not_paid" {
			v.wrong("refund %s of %s asked for money that is not there: %s", r.ID, p.ID, r.WalletCode)
		}
		switch r.State {
		case guitai.RefundDone:
		case guitai.RefundStuck:
			v.sum.stuck++
			stuck[r.ID] = true
		case guitai.RefundFailed:
			continue
		default:
			v.wrong("refund %s of %s has not ended: %s", r.ID, p.ID, r.State)
		}
		if r.Kind == guitai.RefundGiveBack {
			if givenBack[r.Suspense]++; givenBack[r.Suspense] > 1 {
				v.wrong("suspense %s of %s is given back twice", r.Suspense, p.ID)
			}
			continue
		}
		held += r.Amount.Fen
		if r.State == guitai.RefundDone {
			done += r.Amount.Fen
		}
	}
	if done != p.Refunded || held != p.RefundHeld || p.RefundHeld > p.Amount.Fen {
		v.wrong("%s over %d says %d refunded and %d held; its refunds sum to %d and %d", p.ID, p.Amount.Fen, p.Refunded, p.RefundHeld, done, held)
	}
	for _, s := range w.Suspense {
		v.sum.late++
		if s.Why == guitai.SuspenseAmount {
			v.sum.odd++
		}
		if s.Why == guitai.SuspenseDouble && !v.anyLied(p) {
			v.wrong("%s was paid twice: suspense %s", p.ID, s.ID)
		}
		switch s.State {
		case guitai.SuspenseAttached:
			v.sum.attached++
		case guitai.SuspenseReturned:
			v.sum.given++
		case guitai.SuspenseKept:
			v.sum.kept++
		case guitai.SuspenseReturning:
			if !stuck[s.Refund] {
				v.wrong("suspense %s of %s is still returning", s.ID, p.ID)
			}
		default:
			v.wrong("suspense %s of %s is still %s", s.ID, p.ID, s.State)
		}
	}
}

// anyLied reports whether the wallet called an order of the payment closed and
// took money for it afterwards.
func (v *verdict) anyLied(p guitai.Payment) bool {
	return slices.ContainsFunc(p.Attempts, func(a guitai.Attempt) bool { return v.lied[a.OrderNo] })
}

// ledger checks that the entries balance, and that each account holds what the
// judge's book makes it.
func (v *verdict) ledger() {
	have, err := v.sw.Balances(context.Background(), merchant)
	if err != nil {
		v.wrong("balances: %v", err)
	}
	var sum int64
	for _, b := range have {
		sum += b.Money.Fen
		if b.Money.Currency != guitai.CNY {
			v.wrong("an entry in %q", b.Money.Currency)
		}
		if b.Money.Fen != v.owed[b.Account] {
			v.wrong("account %s stands at %d; the wallets' books make it %d", b.Account, b.Money.Fen, v.owed[b.Account])
		}
		delete(v.owed, b.Account)
	}
	for acc, fen := range v.owed {
		if fen != 0 {
			v.wrong("account %s has no entries; the wallets' books make it %d", acc, fen)
		}
	}
	if sum != 0 {
		v.wrong("the ledger sums to %d", sum)
	}
}

// news checks that each paid payment was told of once, no other as paid, and
// that the numbers have no gap.
func (v *verdict) news() {
	list, err := v.sw.News(context.Background(), merchant, 0, 100_000)
	if err != nil {
		v.wrong("news: %v", err)
	}
	paid := map[guitai.PaymentID]int{}
	for i, n := range list {
		if n.N != int64(i+1) && (i == 0 || list[i-1].N == int64(i)) {
			v.wrong("news %d stands at place %d", n.N, i+1)
		}
		if n.Topic == guitai.PaymentTopic(guitai.PaymentPaid) {
			paid[n.Payment]++
		}
	}
	for _, w := range v.whole {
		want := 0
		if w.Payment.State == guitai.PaymentPaid {
			want = 1
		}
		if got := paid[w.Payment.ID]; got != want {
			v.wrong("%s is %s; news said paid %d times", w.Payment.ID, w.Payment.State, got)
		}
	}
}

// quiet checks that no job is left, no news is without its number, and that no
// tender of a bill was paid twice.
func (v *verdict) quiet(st *store.Store) {
	kinds := []string{pay.JobPayment, pay.JobConfirm, pay.JobSuspense}
	if v.sum.stuck == 0 {
		kinds = append(kinds, pay.JobRefund) // a stuck one is asked about every day
	}
	if at, found, err := st.NextJobAt(context.Background(), kinds); err != nil || found {
		v.wrong("a job is left, due at %v (%v); it is %v", at, err, time.Now().UTC())
	}
	err := st.Read(context.Background(), func(tx *store.ReadTx) error {
		if waiting, err := tx.UnnumberedNews(); err != nil || waiting {
			return fmt.Errorf("news without a number: %t, %w", waiting, err)
		}
		return nil
	})
	if err != nil {
		v.wrong("%v", err)
	}
	paid := map[string][]guitai.PaymentID{}
	for _, w := range v.whole {
		if p := w.Payment; p.Sale != "" && p.State == guitai.PaymentPaid {
			paid[p.Sale+"/"+p.Tender] = append(paid[p.Sale+"/"+p.Tender], p.ID)
		}
	}
	for bill, ids := range paid {
		if len(ids) > 1 {
			v.wrong("bill %s was paid by %v", bill, ids)
		}
	}
}

// secrets looks for payers' codes in the bytes on disk.
func (v *verdict) secrets() {
	files, err := filepath.Glob(filepath.Join(v.dir, "*"))
	if err != nil || len(files) == 0 {
		v.wrong("no files in %s (%v)", v.dir, err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			v.wrong("read %s: %v", file, err)
		}
		for _, first := range []string{"13", "28", "62"} {
			if bytes.Contains(b, []byte(first+"00000000000000")) {
				v.wrong("a payer's code stands in %s", filepath.Base(file))
			}
		}
	}
	if !slices.ContainsFunc(v.whole, func(w pay.Whole) bool { return w.Payment.Kind == guitai.Scan }) {
		v.log("nobody was scanned")
	}
}
