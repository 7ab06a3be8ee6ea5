package pay_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"guitai"
	"guitai/channel/channeltest"
	"guitai/pay"
)

// did is one request of a client and what it saw.
type did struct {
	op  string // take, other, refund, read
	fen int64
}

// account is the whole life of one payment as a client could tell it: whose
// request was first, and how much of it was given back.
type account struct{ took, back int64 }

type seen struct {
	said  string
	fen   int64
	maybe bool // turned away because many came at once: it did nothing
}

// oneID is what a sequence of requests under one ID may answer: the first takes
// the money, the same request sees the same payment, another body is refused.
func oneID() porcupine.Model {
	return porcupine.Model{
		Init: func() any { return account{} },
		Step: func(state, in, out any) (bool, any) {
			a, d, o := state.(account), in.(did), out.(seen)
			if o.maybe {
				return true, a
			}
			switch d.op {
			case "take":
				switch {
				case a.took == 0:
					return o.said == "taken" && o.fen == d.fen, account{took: d.fen}
				case a.took == d.fen:
					return o.said == "taken" && o.fen == d.fen, a
				}
				return o.said == "other", a
			case "refund":
				if a.took == 0 {
					return o.said == "none", a
				}
				if a.back+d.fen > a.took {
					return o.said == "refused", a
				}
				return o.said == "given", account{a.took, a.back + d.fen}
			}
			return o.said == "read" && o.fen == a.took, a
		},
		DescribeOperation: func(in, out any) string { return fmt.Sprint(in, " → ", out) },
	}
}

// TestHistoriesOfOneID lets 1,000 requests under one ID meet, and refunds and
// looks beside them; what they saw must be what one after the other could have
// seen (linearizable). On both engines.
func TestHistoriesOfOneID(t *testing.T) {
	onEngines(t, func(s *shop) {
		var mu sync.Mutex
		var history []porcupine.Operation
		r := s.scan(s.alipay, channeltest.Pays)
		together(1000, func(i int) string {
			d := did{"take", r.Amount.Fen}
			switch {
			case i%10 == 9:
				d.fen++
			case i%25 == 7:
				d = did{"refund", 100}
			}
			from := time.Now().UnixNano()
			o := do(s, r, d, i)
			to := time.Now().UnixNano()
			mu.Lock()
			defer mu.Unlock()
			history = append(history, porcupine.Operation{ClientId: i, Input: d, Output: o, Call: from, Return: to})
			return o.said
		})
		if got, _ := porcupine.CheckOperationsVerbose(oneID(), history, time.Minute); got != porcupine.Ok {
			s.t.Errorf("porcupine: %s: no order of these %d requests explains what they saw", got, len(history))
		}
		counts := map[string]int{}
		for _, op := range history {
			counts[op.Output.(seen).said]++
		}
		s.t.Logf("%v", counts)
		p := s.get(r.ID)
		b := s.alipay.Judge(p.Attempts[0].OrderNo)
		if b.Charges != 1 || b.ChargedFen != p.Amount.Fen || b.BackFen != p.Refunded || len(s.alipay.when("charge")) != 1 {
			s.t.Errorf("%d charges of %d, %d back; our book has %d, %d back", b.Charges, b.ChargedFen, b.BackFen, p.Amount.Fen, p.Refunded)
		}
	})
}

// do makes one request.
func do(s *shop, r pay.Request, d did, i int) seen {
	if d.op == "refund" {
		_, err := s.Refund(context.Background(), pay.RefundRequest{ID: guitai.RefundID(fmt.Sprint("ref-", i)), Merchant: shopkeeper,
			Payment: r.ID, Amount: guitai.Fen(d.fen)})
		e := guitai.AsError(err)
		switch {
		case e == nil:
			return seen{said: "given"}
		case e.Code == guitai.CodeRefundExceeds:
			return seen{said: "refused"}
		case e.Code == guitai.CodePaymentNotFound:
			return seen{said: "none", maybe: true}
		case e.Code == guitai.CodePaymentNotPaid:
			return seen{said: "not paid yet", maybe: true} // stored, and the wallet has not answered
		}
		return seen{said: e.Error(), maybe: e.Kind == guitai.Unavailable}
	}
	r.Amount.Fen = d.fen
	p, err := s.Take(context.Background(), r)
	e := guitai.AsError(err)
	switch {
	case e == nil:
		return seen{said: "taken", fen: p.Amount.Fen}
	case e.Code == guitai.CodeIDTaken:
		return seen{said: "other"}
	}
	return seen{said: e.Error(), maybe: e.Kind == guitai.Unavailable}
}
