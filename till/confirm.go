package till

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"guitai"
	"guitai/pay"
	"guitai/store"
)

// How many wallets are asked at once at the end of a shift, and how long all of
// it may take. What was not asked by then stays open; asking again goes on with
// it.
const (
	askAtOnce = 4
	askWithin = 25 * time.Second
)

// Confirmed is what a wallet said of one payment or refund of a shift.
type Confirmed struct {
	Payment   guitai.PaymentID
	Refund    guitai.RefundID // empty: the payment itself
	Sale      guitai.SaleID   // empty: money without a sale
	Tender    string
	Wallet    guitai.Wallet
	AmountFen int64  // as the sale says it; below zero: to the customer
	Ours      string // our state of it
	Wallets   string // the wallet's word; empty: it was not asked
	Agrees    pay.Agreement
	AskedAt   time.Time // zero: it was not asked
}

// Confirmation is what the wallets said of a shift.
type Confirmation struct {
	At                   time.Time
	List                 []Confirmed
	Agreed, Open, Differ int
	AgreedFen            int64
}

// Confirm asks the wallet about every payment and refund of a shift, and about
// payments of its till and time that no sale names. Those that agreed when they
// were asked before are not asked again. The answers are kept with the shift.
// No transaction is open while a wallet is asked.
func (j *Journal) Confirm(ctx context.Context, m guitai.MerchantID, id guitai.ShiftID) (Confirmation, error) {
	if !j.begin(id) {
		return Confirmation{}, guitai.Fail(guitai.Conflict, guitai.CodeConfirmBusy)
	}
	defer j.end(id)
	var list []Confirmed
	err := j.Store.Read(ctx, func(tx *store.ReadTx) (err error) {
		list, err = toConfirm(tx, m, id)
		return err
	})
	if err != nil {
		return Confirmation{}, err
	}
	j.askAll(ctx, m, list)
	out := summed(list, j.Now().UTC())
	text, err := writeConfirmation(out)
	if err != nil {
		return out, err
	}
	err = j.Store.InSerialTx(context.WithoutCancel(ctx), func(tx *store.Tx) error { return tx.SaveConfirmed(m, id, text) })
	return out, err
}

// begin says that a shift's wallets are being asked, once at a time.
func (j *Journal) begin(id guitai.ShiftID) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.asking[id] {
		return false
	}
	if j.asking == nil {
		j.asking = map[guitai.ShiftID]bool{}
	}
	j.asking[id] = true
	return true
}

func (j *Journal) end(id guitai.ShiftID) {
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.asking, id)
}

// toConfirm lists what is to be asked about a shift, with the answers that are
// known and agreed.
func toConfirm(tx *store.ReadTx, m guitai.MerchantID, id guitai.ShiftID) ([]Confirmed, error) {
	s, err := shiftOf(tx, m, id)
	if err != nil {
		return nil, err
	}
	sales, err := tx.SalesOfShift(m, id)
	if err != nil {
		return nil, err
	}
	var list []Confirmed
	for _, sale := range sales {
		for _, t := range slices.Concat(sale.Tenders, sale.Void.Tenders) {
			if t.Kind != guitai.TenderWallet {
				continue
			}
			one := Confirmed{Payment: t.Payment, Refund: t.Refund, Sale: sale.ID, Tender: t.N, Wallet: t.Wallet, AmountFen: t.AmountFen, Agrees: pay.StillOpen}
			if t.Payment == "" && t.Offline != "" {
				if one.Payment, err = paidFor(tx, sale, t); err != nil {
					return nil, err
				}
			}
			list = append(list, one)
		}
	}
	until := tx.Now()
	if s.State == guitai.ShiftClosed {
		until = s.Close.At
	}
	loose, err := unsold(tx, s, until)
	if err != nil {
		return nil, err
	}
	for _, p := range loose {
		list = append(list, Confirmed{Payment: p.ID, Tender: p.Tender, Wallet: p.Wallet, AmountFen: p.Amount.Fen, Ours: string(p.State), Agrees: pay.StillOpen})
	}
	return keepAgreed(tx, m, id, list)
}

// paidFor finds the payment of an offline code by its bill and tender.
func paidFor(tx *store.ReadTx, s guitai.Sale, t guitai.SaleTender) (guitai.PaymentID, error) {
	list, err := tx.PaymentsOfSale(s.Merchant, s.ID)
	for _, p := range list {
		if p.Tender == t.N && p.State != guitai.PaymentFailed && p.State != guitai.PaymentClosed {
			return p.ID, err
		}
	}
	return "", err
}

// keepAgreed takes over the answers that agreed the last time.
func keepAgreed(tx *store.ReadTx, m guitai.MerchantID, id guitai.ShiftID, list []Confirmed) ([]Confirmed, error) {
	text, err := tx.Confirmed(m, id)
	if err != nil || text == "" {
		return list, err
	}
	before, err := readConfirmation(text)
	if err != nil {
		return nil, err
	}
	for i := range list {
		one := &list[i]
		for _, was := range before.List {
			same := was.Payment == one.Payment && was.Refund == one.Refund && was.Sale == one.Sale && was.Tender == one.Tender && was.AmountFen == one.AmountFen
			if same && was.Agrees == pay.Agrees {
				*one = was
			}
		}
	}
	return list, nil
}

// askAll puts the questions that are open, a few at once, until the time for it
// is over.
func (j *Journal) askAll(ctx context.Context, m guitai.MerchantID, list []Confirmed) {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	next := make(chan *Confirmed)
	var work sync.WaitGroup
	for range min(askAtOnce, len(list)) {
		work.Go(func() {
			for one := range next {
				j.askOne(ctx, m, one)
			}
		})
	}
	for i := range list {
		if list[i].Agrees == pay.Agrees || list[i].Payment == "" {
			continue
		}
		select {
		case next <- &list[i]:
		case <-ctx.Done():
		}
	}
	close(next)
	work.Wait()
}

// askOne asks about one payment or refund. What cannot be found here differs:
// the sale names it.
func (j *Journal) askOne(ctx context.Context, m guitai.MerchantID, one *Confirmed) {
	if ctx.Err() != nil {
		return
	}
	var seen pay.Seen
	var err error
	if one.Refund != "" {
		seen, err = j.Pay.ProbeRefund(ctx, m, one.Refund)
	} else {
		seen, err = j.Pay.Probe(ctx, m, one.Payment)
	}
	switch {
	case guitai.NotFound.Is(err):
		one.Agrees = pay.Differs
	case err != nil:
		return
	}
	one.Ours, one.Wallets, one.AskedAt = seen.Ours, seen.Wallets, j.Now().UTC()
	if err == nil {
		one.Agrees = seen.Agrees
	}
	other := seen.Amount.Fen != 0 && seen.Amount.Fen != max(one.AmountFen, -one.AmountFen)
	if one.Agrees == pay.Agrees && (other || one.Refund == "" && one.AmountFen > 0 && seen.Ours != string(guitai.PaymentPaid)) {
		one.Agrees = pay.Differs // the two agree on something else than the sale says
	}
}

func summed(list []Confirmed, at time.Time) Confirmation {
	out := Confirmation{At: at, List: list}
	for _, one := range list {
		switch one.Agrees {
		case pay.Agrees:
			out.Agreed++
			out.AgreedFen += one.AmountFen
		case pay.Differs:
			out.Differ++
		default:
			out.Open++
		}
	}
	slices.SortStableFunc(out.List, func(a, b Confirmed) int { return cmp.Compare(a.Sale, b.Sale) })
	return out
}

// confirmationWire is how the answers are kept.
type confirmationWire struct {
	AtMS int64           `json:"at_ms"`
	List []confirmedWire `json:"list"`
}

type confirmedWire struct {
	Payment guitai.PaymentID `json:"payment"`
	Refund  guitai.RefundID  `json:"refund,omitempty"`
	Sale    guitai.SaleID    `json:"sale"`
	Tender  string           `json:"tender"`
	Wallet  guitai.Wallet    `json:"wallet"`
	Fen     int64            `json:"fen"`
	Ours    string           `json:"ours"`
	Wallets string           `json:"wallets"`
	Agrees  pay.Agreement    `json:"agrees"`
	AskedMS int64            `json:"asked_ms,omitempty"`
}

func writeConfirmation(c Confirmation) (string, error) {
	w := confirmationWire{AtMS: c.At.UnixMilli()}
	for _, o := range c.List {
		row := confirmedWire{o.Payment, o.Refund, o.Sale, o.Tender, o.Wallet, o.AmountFen, o.Ours, o.Wallets, o.Agrees, 0}
		if !o.AskedAt.IsZero() {
			row.AskedMS = o.AskedAt.UnixMilli()
		}
		w.List = append(w.List, row)
	}
	b, err := json.Marshal(w)
	return string(b), err
}

func readConfirmation(text string) (*Confirmation, error) {
	var w confirmationWire
	if err := json.Unmarshal([]byte(text), &w); err != nil {
		return nil, err
	}
	var list []Confirmed
	for _, r := range w.List {
		one := Confirmed{Payment: r.Payment, Refund: r.Refund, Sale: r.Sale, Tender: r.Tender, Wallet: r.Wallet, AmountFen: r.Fen, Ours: r.Ours,
			Wallets: r.Wallets, Agrees: r.Agrees}
		if r.AskedMS != 0 {
			one.AskedAt = time.UnixMilli(r.AskedMS).UTC()
		}
		list = append(list, one)
	}
	out := summed(list, time.UnixMilli(w.AtMS).UTC())
	return &out, nil
}
